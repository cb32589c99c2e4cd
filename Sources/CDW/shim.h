// elfutils' libdw for Swift, and the demanglers of the runtimes that every Swift program on Linux links.
#ifndef CDW_SHIM_H
#define CDW_SHIM_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>
#include <stddef.h>
#include <stdint.h>

// Swift's runtime (swift/Demangling/Demangle.h). NULL when `name` is not mangled; otherwise a text to free when
// `buffer` is NULL.
char *swift_demangle(const char *name, size_t count, char *buffer, size_t *buffer_count, uint32_t flags);

// The C++ runtime (Itanium C++ ABI 3.4). NULL when `name` is not mangled; otherwise a text to free when `buffer` is
// NULL.
char *__cxa_demangle(const char *name, char *buffer, size_t *buffer_count, int *status);

#endif
