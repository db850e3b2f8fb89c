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
