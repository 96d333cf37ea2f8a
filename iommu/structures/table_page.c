/* SPDX-License-Identifier: MIT */
#include "iommu/structures/table_page.h"

#include "arch/page.h"

/* Nodes are cut from pages of their own, which are kept for the next table. */
static struct table_page *unused;

static struct table_page *take_node(void)
{
	struct table_page *node = unused;

	if (!node) {
		node = page_alloc_for_ever();
		for (size_t i = 0; node && i < PAGE_BYTES / sizeof(*node); i++, node++) {
			node->next = unused;
			unused = node;
		}
		node = unused;
	}
	if (node)
		unused = node->next;
	return node;
}

static void give_node(struct table_page *node)
{
	node->next = unused;
	unused = node;
}

struct table_page *table_page_create(size_t pages)
{
	struct table_page *top = take_node();

	if (!top)
		return NULL;
	*top = (struct table_page){
		.entries = pages == 1 ? page_alloc() : page_alloc_contiguous(pages, 1),
		.pages = pages,
	};
	if (top->entries)
		return top;
	give_node(top);
	return NULL;
}

struct table_page *table_page_add(struct table_page *above, const uint64_t *slot)
{
	struct table_page *page = table_page_create(1);

	if (!page)
		return NULL;
	page->slot = slot;
	page->next = above->below;
	above->below = page;
	return page;
}

/* The one found goes to the front: whoever fills a table asks for it again. */
struct table_page *table_page_below(struct table_page *above, const uint64_t *slot)
{
	struct table_page **link = &above->below;
	struct table_page *page;

	while (*link && (*link)->slot != slot)
		link = &(*link)->next;
	page = *link;
	if (!page)
		return NULL;
	*link = page->next;
	page->next = above->below;
	above->below = page;
	return page;
}

/* Without recursion: what is below the first page below comes before it. */
void table_page_destroy(struct table_page *top)
{
	while (top) {
		struct table_page *page = top;
		struct table_page **link = &top;

		while (page->below) {
			link = &page->below;
			page = page->below;
		}
		*link = page == top ? NULL : page->next;
		page_free_contiguous(page->entries, page->pages);
		give_node(page);
	}
}
