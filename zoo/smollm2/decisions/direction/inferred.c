// Read by `assay infer` from 728 edges of circuit.json, on 16 prompts of direction, of which it decides 100.0 % as the network does.
//@ requires attribute == 0 || attribute == 1;
int decides(int attribute) {
    int copied_attribute = attribute;  // a21.h1, a22.h7, a23.h0: values at attribute, 97 % of the effect of changing it
    //@ label read
    int looks = 1;  // a21.h1, a22.h7, a23.h0: attention to attribute 0.64 on average, whatever the attributes
    //@ label looked
    if (looks)
        return copied_attribute;  // a21.h1, a22.h7, a23.h0: their outputs carry 91 % of the effect
    return 0;  // elsewhere: so decided on 0 of 0 prompts where no head above looks
}
