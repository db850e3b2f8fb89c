// Which value SmolLM2 lets the second loop begin with, if it copies the first one's; and what is right over an array.

//@ requires earlier_start == 0 || earlier_start == 1;
int copied(int earlier_start, int variable) { return earlier_start; }

//@ requires earlier_start == 0 || earlier_start == 1;
int demanded(int earlier_start, int variable) { return 0; }

int is_behind_one(int earlier_start, int variable) { return earlier_start == 1; }
