// The pages of images that the kernel can read from their files again: see zzz_linux_release_image_pages.
#define _GNU_SOURCE
#include "CLinux.h"

#include <link.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct search {
    const char *path;
    size_t count;
};

// Whether the dynamic linker has written to the image's code (elf(5)).
static bool relocates_text(const struct dl_phdr_info *info) {
    for (int index = 0; index < info->dlpi_phnum; index++) {
        if (info->dlpi_phdr[index].p_type != PT_DYNAMIC) continue;
        const ElfW(Dyn) *entry = (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[index].p_vaddr);
        for (; entry->d_tag != DT_NULL; entry++) {
            if (entry->d_tag == DT_TEXTREL) return true;
            if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
        }
    }
    return false;
}

static int release(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    struct search *search = context;
    if (search->path != NULL && strcmp(info->dlpi_name, search->path) != 0) return 0;
    // The program itself has no name; what is no file ("linux-vdso.so.1") has one without a '/'.
    if (info->dlpi_name[0] != 0 && strchr(info->dlpi_name, '/') == NULL) return 0;
    if (relocates_text(info)) return 0;
    uintptr_t mask = (uintptr_t)sysconf(_SC_PAGESIZE) - 1;
    for (int index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type != PT_LOAD || (header->p_flags & PF_W) != 0) continue;
        uintptr_t start = info->dlpi_addr + header->p_vaddr, lead = start & mask;
        // MADV_DONTNEED drops what was written to a private mapping, and to these nothing was (madvise(2)).
        madvise((void *)(start - lead), header->p_memsz + lead, MADV_DONTNEED);
    }
    search->count++;
    return search->path != NULL;
}

size_t zzz_linux_release_image_pages(const char *path) {
    struct search search = {.path = path};
    dl_iterate_phdr(release, &search);
    return search.count;
}
