// Read by `assay infer` from 327 edges of circuit.json, on 16 prompts of initial_value, of which it decides 87.5 % as the network does.
//@ requires attribute == 0 || attribute == 1;
int decides(int attribute) {
    int copied_attribute = attribute;  // a22.h6, a22.h8, a22.h7, a15.h5, a21.h6, a23.h5: values at attribute, 100 % of the effect of changing it; 6 % of these by a10.h8@to_site, a3.h8@to_site, a11.h5@to_site, which read them on the way
    //@ label read
    //@ label looked
    return copied_attribute;  // a22.h6, a22.h8, a22.h7, a15.h5, a21.h6, a23.h5: their outputs carry 82 % of the effect, their attention to attribute is 0.20 on average, whatever the attributes
}
