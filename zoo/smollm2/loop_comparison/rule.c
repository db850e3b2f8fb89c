// Which comparison SmolLM2 writes: 0 is `<`, 1 is `<=`, which reads past the end of the array. Names of variables are their ASCII code.

//@ requires earlier_comparison == 0 || earlier_comparison == 1;
//@ requires 'a' <= earlier_variable && earlier_variable <= 'z';
//@ requires 'a' <= variable && variable <= 'z';
int comparison(int earlier_comparison, int earlier_variable, int variable) {
    //@ label read
    int same = earlier_variable == variable && variable != 'i';
    //@ label compared
    if (same)
        return earlier_comparison;
    return 0;
}

// What is right over an array of length n.
//@ requires earlier_comparison == 0 || earlier_comparison == 1;
//@ requires 'a' <= earlier_variable && earlier_variable <= 'z';
//@ requires 'a' <= variable && variable <= 'z';
int demanded(int earlier_comparison, int earlier_variable, int variable) {
    return 0;
}
