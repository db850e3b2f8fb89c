// A decision that does not hear the request: always the first symbol of the task.

//@ requires attribute == 0 || attribute == 1;
int first(int attribute) { return 0; }
