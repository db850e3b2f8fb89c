// The rule of rule.c with one line changed: none of these is what SmolLM2 does.

//@ requires earlier_comparison == 0 || earlier_comparison == 1;
//@ requires 'a' <= earlier_variable && earlier_variable <= 'z';
//@ requires 'a' <= variable && variable <= 'z';
int names_negated(int earlier_comparison, int earlier_variable, int variable) {
    int same = earlier_variable != variable && variable != 'i';
    if (same)
        return earlier_comparison;
    return 0;
}

//@ requires earlier_comparison == 0 || earlier_comparison == 1;
//@ requires 'a' <= earlier_variable && earlier_variable <= 'z';
//@ requires 'a' <= variable && variable <= 'z';
int i_is_no_exception(int earlier_comparison, int earlier_variable, int variable) {
    int same = earlier_variable == variable;
    if (same)
        return earlier_comparison;
    return 0;
}

//@ requires earlier_comparison == 0 || earlier_comparison == 1;
//@ requires 'a' <= earlier_variable && earlier_variable <= 'z';
//@ requires 'a' <= variable && variable <= 'z';
int comparison_negated(int earlier_comparison, int earlier_variable, int variable) {
    int same = earlier_variable == variable && variable != 'i';
    if (same)
        return !earlier_comparison;
    return 0;
}
