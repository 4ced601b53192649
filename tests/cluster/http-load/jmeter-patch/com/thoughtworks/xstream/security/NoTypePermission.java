package com.thoughtworks.xstream.security;

/**
 * Stands in for XStream's class of this name, which denies every type that nobody allowed. Debian's JMeter 2.13 allows none, so that it
 * loads no plan at all beside the XStream of today. Only tests put it before the original, and only for plans that they wrote.
 */
public class NoTypePermission implements TypePermission {
    public static final TypePermission NONE = new NoTypePermission();

    public boolean allows(Class type) {
        return true;
    }
}
