-- Empties what is mirrored from the control data, to be filled anew in the same transaction.
delete from exemptions;
delete from quarantines;
delete from recommendation_states;
delete from agent_owners;
delete from confirmations;
delete from young_days;
