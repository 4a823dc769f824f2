// Lets so many in at once; the others wait in their order.

export interface Gate {
  /** Runs `go` at once, or when one that is in leaves; what it returns is called once to leave, or to wait no longer. */
  enter(go: () => void): () => void;
}

export const createGate = (most: number): Gate => {
  const waiting = new Set<() => void>();
  let inside = 0;
  const next = (): void => {
    for (const go of waiting) {
      if (inside >= most) return;
      waiting.delete(go);
      inside += 1;
      go();
    }
  };
  return {
    enter: (go) => {
      waiting.add(go);
      next();
      let is_left = false;
      return () => {
        if (is_left) return;
        is_left = true;
        if (!waiting.delete(go)) inside -= 1;
        next();
      };
    },
  };
};
