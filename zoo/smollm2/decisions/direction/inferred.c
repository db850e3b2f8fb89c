// Read by `assay infer` from 728 edges of circuit.json, on 16 prompts of direction, of which it decides 100.0 % as the network does.
// A decision list learned from answers alone says as well what is decided, if it is told of the swap: alone right on 0 cases, the rule on 0; what the rule adds is where that is carried.
//@ requires attribute == 0 || attribute == 1;
int decides(int attribute) {
    int copied_attribute = attribute;  // a21.h1, a22.h7, a23.h0: values at attribute, 97 % of the effect of changing it
    //@ label read
    //@ label looked
    return copied_attribute;  // a21.h1, a22.h7, a23.h0: their outputs carry 91 % of the effect, their attention to attribute is 0.64 on average, whatever the attributes
}
