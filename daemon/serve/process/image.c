#include "serve/process/image.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The dynamic linker gives addresses as numbers. */
static void *at(const struct dl_phdr_info *object, const ElfW(Phdr) * part)
{
	uintptr_t address = object->dlpi_addr + part->p_vaddr;
	void     *p;

	memcpy(&p, &address, sizeof(p));
	return p;
}

/* Did the dynamic linker write into its code? Such an object is not in memory as it is in its file. */
static bool is_patched(const struct dl_phdr_info *object)
{
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		const ElfW(Dyn) *entry = part->p_type == PT_DYNAMIC ? at(object, part) : NULL;

		for (; entry && entry->d_tag != DT_NULL; entry++)
			if (entry->d_tag == DT_TEXTREL ||
			    (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0))
				return true;
	}
	return false;
}

static int forget_object(struct dl_phdr_info *object, size_t size, void *ctx)
{
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

	(void)size;
	(void)ctx;
	if (is_patched(object))
		return 0;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		char  *start = at(object, part);
		size_t before = (uintptr_t)start % page; /* where its first page begins */

		if (part->p_type == PT_LOAD && (part->p_flags & PF_W) == 0)
			(void)madvise(start - before, before + part->p_filesz, MADV_DONTNEED); /* only advice */
	}
	return 0;
}

void image_forget(void)
{
	(void)dl_iterate_phdr(forget_object, NULL);
}
