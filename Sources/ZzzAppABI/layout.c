/*
 * The layout that version 1 promises. A change that moves a field breaks every app that was built before it: this file then
 * does not compile. Appending is fine, and adds a line here.
 */
#include "zzz.h"

#define AT(type, field, offset) \
    _Static_assert(offsetof(type, field) == (offset), #type "." #field " has moved: apps built before would break")
#define SIZE(type, bytes) _Static_assert(sizeof(type) >= (bytes), #type " has shrunk")

SIZE(zzz_bytes, 16);
