/* SPDX-License-Identifier: MIT */
#include "iommu/structures/paging.h"

#include "iommu/structures/entry.h"
#include "iommu/structures/table_page.h"

#define BITS_PER_LEVEL 9u
#define PAGE_SHIFT     12u

/* Where the stages differ. Address and page size lie at the same bits. */
struct format {
	uint64_t present;  /* an entry with one of these is in use */
	uint64_t to_table; /* a table entry allows everything: permission is decided at the leaf */
	uint64_t table_visited;		/* what hardware sets on its way through a table entry */
	uint64_t leaf_visited;		/* and at most in a leaf */
	uint64_t leaf[ACCESS_BOTH + 1]; /* by what it allows; 0: cannot be said */
};

static const struct format formats[] = {
	[SECOND_STAGE] = {
		.present = FIELD_MASK(SS_R) | FIELD_MASK(SS_W),
		.to_table = FIELD_MASK(SS_R) | FIELD_MASK(SS_W),
		.leaf = {
			[ACCESS_READ] = FIELD_MASK(SS_R),
			[ACCESS_WRITE] = FIELD_MASK(SS_W),
			[ACCESS_BOTH] = FIELD_MASK(SS_R) | FIELD_MASK(SS_W),
		},
	},
	[FIRST_STAGE] = {
		.present = FIELD_MASK(FS_P),
		.to_table = FIELD_MASK(FS_P) | FIELD_MASK(FS_RW) | FIELD_MASK(FS_US),
		.table_visited = FIELD_MASK(FS_A) | FIELD_MASK(FS_EA),
		.leaf_visited = FIELD_MASK(FS_A) | FIELD_MASK(FS_EA) | FIELD_MASK(FS_D),
		.leaf = {
			[ACCESS_READ] = FIELD_MASK(FS_P) | FIELD_MASK(FS_US),
			[ACCESS_BOTH] = FIELD_MASK(FS_P) | FIELD_MASK(FS_RW) | FIELD_MASK(FS_US),
		},
	},
};

_Static_assert(FIELD_MASK(FS_ADDR) == FIELD_MASK(SS_ADDR), "both stages have ADDR at one place");
_Static_assert(FIELD_MASK(FS_PS) == FIELD_MASK(SS_PS), "both stages have PS at one place");

unsigned int paging_level_shift(unsigned int level)
{
	return PAGE_SHIFT + (level - 1) * BITS_PER_LEVEL;
}

enum address_width paging_address_width(unsigned int levels)
{
	return (enum address_width)(levels - 2);
}

enum fspm paging_fspm(unsigned int levels)
{
	return levels == 5 ? FSPM_5_LEVEL : FSPM_4_LEVEL;
}

unsigned int paging_address_bits(enum paging_stage stage, unsigned int levels)
{
	unsigned int bits = paging_level_shift(levels + 1);

	return stage == FIRST_STAGE ? bits - 1 : bits;
}

/* Below 2^(12 + 9 * levels) in a second stage; canonical, of either half, in a first stage. */
static bool holds(const struct paging *table, iova_t from)
{
	unsigned int bits = paging_address_bits(table->stage, table->levels);
	uint64_t above = from.value >> bits;

	return above == 0 || (table->stage == FIRST_STAGE && above == UINT64_MAX >> bits);
}

enum status paging_create(struct paging *table, enum paging_stage stage, unsigned int levels,
			  bool snooped)
{
	*table = (struct paging){
		.stage = stage,
		.levels = levels,
		.snooped = snooped,
		.page = table_page_create(1),
	};
	if (!table->page)
		return STATUS_NO_MEMORY;
	table->top = table->page->entries;
	return STATUS_OK;
}

void paging_destroy(struct paging *table)
{
	table_page_destroy(table->page);
	table->page = NULL;
	table->top = NULL;
}

static bool is_present(const struct paging *table, uint64_t entry)
{
	return entry & formats[table->stage].present;
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
	return level == 1 || reg_get(entry, SS_PS);
}

static uint64_t *slot(uint64_t *entries, iova_t from, unsigned int level)
{
	return &entries[from.value >> paging_level_shift(level) & (PAGING_ENTRIES - 1)];
}

uint64_t *paging_entry(const struct paging *table, iova_t from, unsigned int level)
{
	struct table_page *page = holds(table, from) ? table->page : NULL;

	for (unsigned int at = table->levels; page && at > level; at--)
		page = table_page_below(page, slot(page->entries, from, at));
	return page ? slot(page->entries, from, level) : NULL;
}

bool paging_leads_to_table(const struct paging *table, iova_t from, unsigned int level)
{
	return level > 1 && paging_entry(table, from, level - 1);
}

static uint64_t pointer_to(const struct paging *table, const struct table_page *page)
{
	return phys_of(page->entries).value + table->guest_offset;
}

uint64_t paging_pointer(const struct paging *table)
{
	return pointer_to(table, table->page);
}

/* NULL: no memory. */
static struct table_page *add_table(const struct paging *table, struct table_page *above,
				    uint64_t *entry)
{
	const struct format *format = &formats[table->stage];
	struct table_page *page = table_page_add(above, entry);
	uint64_t value = format->to_table | (table->snooped ? 0 : format->table_visited);

	if (!page)
		return NULL;
	field_set_address(&value, SS_ADDR, pointer_to(table, page));
	entry_store_word(entry, value, table->snooped);
	return page;
}

static uint64_t leaf_value(const struct paging *table, phys_t to, unsigned int level,
			   enum access_rights rights)
{
	const struct format *format = &formats[table->stage];
	uint64_t leaf = format->leaf[rights] | (table->snooped ? 0 : format->leaf_visited);

	field_set_address(&leaf, SS_ADDR, to.value);
	if (level > 1)
		field_set(&leaf, SS_PS, 1);
	return leaf;
}

enum status paging_map(struct paging *table, iova_t from, phys_t to, unsigned int page_shift,
		       enum access_rights rights)
{
	unsigned int leaf_level = (page_shift - PAGE_SHIFT) / BITS_PER_LEVEL + 1;
	struct table_page *page = table->page;
	struct table_page *below;
	uint64_t *entry;

	if (!formats[table->stage].leaf[rights] || !holds(table, from))
		return STATUS_REFUSED;
	for (unsigned int level = table->levels; level > leaf_level; level--) {
		entry = slot(page->entries, from, level);
		below = table_page_below(page, entry);
		if (!below && is_present(table, *entry))
			return STATUS_REFUSED; /* a leaf, or whatever: no table of ours */
		page = below ? below : add_table(table, page, entry);
		if (!page)
			return STATUS_NO_MEMORY;
	}
	entry = slot(page->entries, from, leaf_level);
	if (table_page_below(page, entry))
		return STATUS_REFUSED;
	entry_store_word(entry, leaf_value(table, to, leaf_level, rights), table->snooped);
	return STATUS_OK;
}

/* The page and all below it: as many calls deep as the table has levels. */
static enum status map_table_page(struct paging *host, const struct paging *guest,
				  const struct table_page *page, enum access_rights rights)
{
	enum status status = paging_map(host, iova(pointer_to(guest, page)), phys_of(page->entries),
					PAGE_SHIFT, rights);

	for (page = page->below; page && status == STATUS_OK; page = page->next)
		status = map_table_page(host, guest, page, rights);
	return status;
}

enum status paging_map_tables(struct paging *host, const struct paging *guest,
			      enum access_rights rights)
{
	return map_table_page(host, guest, guest->page, rights);
}

void paging_unmap(struct paging *table, iova_t from)
{
	for (unsigned int level = 1; level <= table->levels; level++) {
		uint64_t *entry = paging_entry(table, from, level);

		if (!entry)
			continue;
		if (is_present(table, *entry) && is_leaf(*entry, level))
			entry_store_word(entry, 0, table->snooped);
		return;
	}
}
