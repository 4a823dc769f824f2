// Starts the dashboard in the page.
import { mount } from 'svelte';
import App from './App.svelte';
import './styles.css';
import './lists.css';

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no #app to start in');
mount(App, { target });
