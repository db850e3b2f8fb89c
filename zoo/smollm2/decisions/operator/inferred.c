// Read by `assay infer` from 756 edges of circuit.json, on 16 prompts of operator, of which it decides 100.0 % as the network does.
// A decision list learned from answers alone says as well what is decided, if it is told of the swap: alone right on 0 cases, the rule on 0; what the rule adds is where that is carried.
//@ requires attribute == 0 || attribute == 1;
int decides(int attribute) {
    int copied_attribute = attribute;  // a21.h1, a22.h8, a22.h7, a23.h5, a22.h6, a23.h0: values at attribute, 94 % of the effect of changing it; 10 % of these by a11.h5@to_site, a13.h8@to_site, a9.h6@to_site, a10.h7@to_site, a10.h6@to_site, a3.h4@to_site and 13 more, which read them on the way
    //@ label read
    //@ label looked
    return copied_attribute;  // a21.h1, a22.h8, a22.h7, a23.h5, a22.h6, a23.h0: their outputs carry 85 % of the effect, their attention to attribute is 0.19 on average, whatever the attributes
}
