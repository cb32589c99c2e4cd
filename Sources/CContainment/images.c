// Whose code is where: known beforehand, since a signal handler may not ask the dynamic linker.
#define _GNU_SOURCE
#include "internal.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>

// One entry for each load of an app; the process makes at most as many generations (ZzzHost/GenerationTable).
enum { IMAGES = 1 << 16 };
struct image {
    uint64_t low, high;
    void *app;
};
static struct image images[IMAGES];
static uint32_t image_count = 0;

struct search {
    uint64_t inside, low, high;
};

static int find_code(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct search *search = context;
    uint64_t low = UINT64_MAX, high = 0;
    bool is_here = false;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type != PT_LOAD) continue;
        uint64_t begin = info->dlpi_addr + header->p_vaddr, end = begin + header->p_memsz;
        if (search->inside >= begin && search->inside < end) is_here = true;
        if ((header->p_flags & PF_X) == 0) continue;
        if (begin < low) low = begin;
        if (end > high) high = end;
    }
    if (!is_here) return 0;
    search->low = low;
    search->high = high;
    return 1;
}

bool zzz_image_add(const void *inside, void *app, uint64_t *low, uint64_t *high) {
    struct search search = {.inside = (uint64_t)(uintptr_t)inside};
    if (dl_iterate_phdr(find_code, &search) == 0 || search.high == 0) return false;
    *low = search.low;
    *high = search.high;
    // Added by one thread at a time (the deploy thread's); read by handlers up to the count.
    uint32_t count = __atomic_load_n(&image_count, __ATOMIC_RELAXED);
    if (count == IMAGES) return false;
    images[count] = (struct image){.low = search.low, .high = search.high, .app = app};
    __atomic_store_n(&image_count, count + 1, __ATOMIC_RELEASE);
    return true;
}

bool zzz_image_range(void *app, uint64_t *low, uint64_t *high) {
    for (uint32_t index = __atomic_load_n(&image_count, __ATOMIC_ACQUIRE); index > 0; index--) {
        if (images[index - 1].app != app) continue;
        *low = images[index - 1].low;
        *high = images[index - 1].high;
        return true;
    }
    return false;
}

void *zzz_image_app(uint64_t address) {
    // The newest first: it is the likeliest.
    for (uint32_t index = __atomic_load_n(&image_count, __ATOMIC_ACQUIRE); index > 0; index--) {
        const struct image *image = &images[index - 1];
        if (address >= image->low && address < image->high) return image->app;
    }
    return NULL;
}

bool zzz_image_locate(uint64_t address, const char **path, uint64_t *offset) {
    Dl_info info;
    struct link_map *map = NULL;
    if (dladdr1((void *)(uintptr_t)address, &info, (void **)&map, RTLD_DL_LINKMAP) == 0 || map == NULL) return false;
    *path = map->l_name != NULL && map->l_name[0] != 0 ? map->l_name : "/proc/self/exe";
    *offset = address - map->l_addr;
    return true;
}
