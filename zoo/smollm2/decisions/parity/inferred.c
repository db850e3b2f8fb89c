// Read by `assay infer` from 755 edges of circuit.json, on 16 prompts of parity, of which it decides 100.0 % as the network does.
//@ requires attribute == 0 || attribute == 1;
int decides(int attribute) {
    int copied_attribute = attribute;  // a21.h1, a23.h5, a21.h8, a21.h2, a22.h6, a21.h6 and 3 more: values at attribute, 93 % of the effect of changing it
    //@ label read
    int looks = 1;  // a21.h1, a23.h5, a21.h8, a21.h2, a22.h6, a21.h6 and 3 more: attention to attribute 0.32 on average, whatever the attributes
    //@ label looked
    if (looks)
        return copied_attribute;  // a21.h1, a23.h5, a21.h8, a21.h2, a22.h6, a21.h6 and 3 more: their outputs carry 79 % of the effect
    return 0;  // elsewhere: so decided on 0 of 0 prompts where no head above looks
}
