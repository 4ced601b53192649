package com.thoughtworks.xstream.security;

/** As in XStream: the class loader that finds the class beside it does not see XStream's own. */
public interface TypePermission {
    boolean allows(Class type);
}
