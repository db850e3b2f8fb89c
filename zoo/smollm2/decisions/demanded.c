// What the request demands where a task has two symbols, the first for the attribute's first text and the second for its second.

//@ requires attribute == 0 || attribute == 1;
int demanded(int attribute) { return attribute; }
