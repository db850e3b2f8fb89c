// Read by `assay infer` from 2574 edges of copying.circuit.json, on 128 prompts of loop_comparison, of which it decides 100.0 % as the network does.
// A decision list learned from answers alone says as well what is decided, if it is told of the swap: alone right on 0 cases, the rule on 0; what the rule adds is where that is carried.
//@ requires earlier_comparison == 0 || earlier_comparison == 1;
//@ requires 'a' <= earlier_variable && earlier_variable <= 'z';
//@ requires 'a' <= variable && variable <= 'z';
int inferred(int earlier_comparison, int earlier_variable, int variable) {
    int looked_for_variable = variable;  // a18.h6, a18.h7, a20.h6, a23.h2, a23.h7, a20.h4 and 7 more: queries at the decision, 84 % of the effect of changing it
    int found_earlier_variable = earlier_variable;  // a18.h6, a18.h7, a20.h6, a23.h2, a23.h7, a20.h4 and 7 more: keys at earlier_comparison, 78 % of the effect of changing it; written there by a16.h0@earlier_comparison, m10@earlier_comparison, m11@earlier_comparison, m15@earlier_comparison, m18@earlier_comparison
    int copied_earlier_comparison = earlier_comparison;  // a18.h6, a18.h7, a20.h6, a23.h2, a23.h7, a20.h4 and 7 more: values at earlier_comparison, 91 % of the effect of changing it
    //@ label read
    int looks = found_earlier_variable == looked_for_variable;  // a18.h6, a18.h7, a20.h6, a23.h2, a23.h7, a20.h4 and 7 more: attention to earlier_comparison 0.24 where this holds, 0.09 elsewhere (R2 0.89)
    int loud = found_earlier_variable != 'i';  // a18.h6, a18.h7, a20.h6, a23.h2, a23.h7, a20.h4 and 7 more: what they write moves the logits by 3.07 where this holds, 2.17 elsewhere (R2 0.24)
    //@ label looked
    if (looks && loud)
        return copied_earlier_comparison;  // a18.h6, a18.h7, a20.h6, a23.h2, a23.h7, a20.h4 and 7 more: their outputs carry 92 % of the effect
    return 0;  // behavioural, no part of the circuit carries it: so decided on 104 of 104 prompts where no head above looks
}
