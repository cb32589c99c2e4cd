/* Latencies in buckets of 1/32 of a power of two: percentiles to 3%, in constant memory. */
#ifndef WSLOAD_HISTOGRAM_H
#define WSLOAD_HISTOGRAM_H

#include <stdint.h>

enum { sub_bits = 5, buckets = (64 - sub_bits + 1) << sub_bits };

struct histogram {
    uint64_t counts[buckets];
    uint64_t total;
};

static inline void histogram_add(struct histogram *histogram, uint64_t nanoseconds)
{
    int shift = 63 - __builtin_clzll(nanoseconds | (1 << sub_bits)) - sub_bits;
    histogram->counts[((uint64_t)shift << sub_bits) + (nanoseconds >> shift)]++;
    histogram->total++;
}

/* The upper end of the bucket that holds the sample at `share` (0.99) of all, in microseconds. */
static inline double histogram_us(const struct histogram *histogram, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)histogram->total), seen = 0;
    for (uint64_t i = 0; i < buckets; i++) {
        seen += histogram->counts[i];
        if (seen > wanted) {
            uint64_t shift = i >> sub_bits ? (i >> sub_bits) - 1 : 0;
            return (double)((i - (shift << sub_bits) + 1) << shift) / 1e3;
        }
    }
    return 0;
}

#endif
