// What the rule read from the circuit (inferred.c) says of the prompts of repair.task.toml, whose finished loop always ends with `<=`; `later_variable`
// is 0 where the second loop counts with the same name.

//@ requires 'a' <= variable && variable <= 'z';
//@ requires later_variable == 0 || later_variable == 'i';
int copied(int variable, int later_variable) {
    return later_variable == 0 && variable != 'i';
}

// What is right over an array of length n.
//@ requires 'a' <= variable && variable <= 'z';
//@ requires later_variable == 0 || later_variable == 'i';
int demanded(int variable, int later_variable) {
    return 0;
}

// The finished function of the file is right: its loop, from 1 to n, ends with `<=`, the first text of the slot. The other text is for patches alone.
int is_inclusive(int earlier_comparison) { return earlier_comparison == 0; }

// ... and the second loop counts with the same variable, without the comment that warns.
int is_copied(int earlier_comparison, int later_variable, int note) { return earlier_comparison == 0 && later_variable == 0 && note == 0; }

// legitimate.task.toml: each finished function (0 factorial, 1 total) ends its loop as it must.
int is_right_before(int earlier, int earlier_comparison) { return earlier == earlier_comparison; }

// ... or with it.
int is_warned(int earlier_comparison, int later_variable, int note) { return earlier_comparison == 0 && later_variable == 0 && note == 1; }
