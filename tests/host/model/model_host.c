/* SPDX-License-Identifier: MIT */
/*
 * The machine around the model: see model_host.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/host/model/model_host.h"

unsigned int host_defect;

/* ---- memory ---- */

static struct host_page *find_page(struct machine *m, uint64_t phys)
{
	for (unsigned int i = 0; i < m->page_count; i++)
		if (m->pages[i].phys == (phys & ~UINT64_C(0xFFF)))
			return &m->pages[i];
	return NULL;
}

static bool memory_read(void *context, uint64_t phys, void *to, unsigned int bytes)
{
	struct host_page *page = find_page(context, phys);

	if (page == NULL || phys % 4096 + bytes > 4096)
		return false;
	memcpy(to, page->bytes + phys % 4096, bytes);
	return true;
}

static bool memory_write(void *context, uint64_t phys, const void *from, unsigned int bytes)
{
	struct host_page *page = find_page(context, phys);

	if (page == NULL || page->is_read_only || phys % 4096 + bytes > 4096)
		return false;
	memcpy(page->bytes + phys % 4096, from, bytes);
	return true;
}

void page_add(struct machine *m, uint64_t phys)
{
	struct host_page *page = &m->pages[m->page_count++];

	if (m->page_count > HOST_PAGES)
		abort();
	memset(page, 0, sizeof(*page));
	page->phys = phys;
}

uint64_t page_new(struct machine *m)
{
	uint64_t phys = m->next_phys;

	m->next_phys += 4096;
	page_add(m, phys);
	return phys;
}

void page_remove(struct machine *m, uint64_t phys)
{
	find_page(m, phys)->phys = UINT64_MAX;
}

void page_protect(struct machine *m, uint64_t phys)
{
	find_page(m, phys)->is_read_only = true;
}

uint64_t *word_at(struct machine *m, uint64_t phys)
{
	return (uint64_t *)(void *)(find_page(m, phys)->bytes + phys % 4096);
}

/* ---- what the unit sends ---- */

static void take_message(void *context, uint64_t address, uint32_t data)
{
	struct machine *m = context;

	if (m->message_count < HOST_MESSAGES)
		m->messages[m->message_count] = (struct host_message){ address, data };
	m->message_count++;
}

static enum model_devtlb_answer take_devtlb(void *context, const struct model_devtlb_request *r)
{
	struct machine *m = context;

	if (m->devtlb_count < HOST_DEVTLB)
		m->devtlb[m->devtlb_count] = *r;
	m->devtlb_count++;
	return m->devtlb_answer;
}

static void take_response(void *context, const struct model_page_response *r)
{
	struct machine *m = context;

	if (m->response_count < HOST_RESPONSES)
		m->responses[m->response_count] = *r;
	m->response_count++;
}

struct model_config everything(void)
{
	return model_config_everything();
}

void machine_init(struct machine *m, const struct model_config *config)
{
	struct model_config own = *config;
	struct model_host host = { memory_read, memory_write,  take_message,
				   take_devtlb, take_response, m };

	memset(m, 0, sizeof(*m));
	m->next_phys = 0x100000;
	m->pasids = (struct model_pasid_space){ .used = m->pasid_words, .first = 1, .count = 4096 };
	if (own.pasids == NULL)
		own.pasids = &m->pasids;
	model_init(&m->unit, &own, &host);
	if (host_defect != 0) {
		model_set_defect(&m->unit, host_defect);
		model_reset(&m->unit);
	}
}

/* ---- registers ---- */

uint32_t read32(struct machine *m, uint32_t offset)
{
	return (uint32_t)model_read(&m->unit, offset, 4);
}

uint64_t read64(struct machine *m, uint32_t offset)
{
	return model_read(&m->unit, offset, 8);
}

void write32(struct machine *m, uint32_t offset, uint32_t value)
{
	model_write(&m->unit, offset, 4, value);
}

void write64(struct machine *m, uint32_t offset, uint64_t value)
{
	model_write(&m->unit, offset, 8, value);
}

void command(struct machine *m, uint32_t bit, bool set)
{
	uint32_t status = m->unit.gsts & 0x96FFFFFF;

	write32(m, REG_GCMD, set ? status | 1u << bit : status & ~(1u << bit));
}

void set_root(struct machine *m, uint64_t root, enum ttm ttm)
{
	write64(m, REG_RTADDR, root | (uint64_t)ttm << 10);
	command(m, 30, true);
}

/* ---- tables ---- */

static uint64_t index_of(uint64_t iova, unsigned int level)
{
	return iova >> (12 + 9 * (level - 1)) & 511;
}

uint64_t map(struct machine *m, uint64_t top, unsigned int levels, uint64_t iova, uint64_t phys,
	     unsigned int leaf, uint64_t rights)
{
	uint64_t table = top;

	for (unsigned int level = levels; level > leaf; level--) {
		uint64_t place = table + index_of(iova, level) * 8;
		uint64_t *entry = word_at(m, place);

		if (*entry == 0)
			*entry = page_new(m) | 7; /* of either stage: R and W, or P, R/W and U/S */
		m->entries[level] = place;
		table = *entry & ~UINT64_C(0xFFF);
	}
	m->entries[leaf] = table + index_of(iova, leaf) * 8;
	*word_at(m, m->entries[leaf]) = phys | rights | (leaf > 1 ? 1u << 7 : 0);
	return m->entries[leaf];
}

void new_last_level(struct machine *m, uint64_t page)
{
	uint64_t table = page_new(m);

	*word_at(m, table + index_of(IOVA, 1) * 8) = page | 3;
	*word_at(m, m->entries[2]) = table | 3;
}

static void build_paging(struct machine *m, unsigned int levels)
{
	m->levels = levels;
	m->top = page_new(m);
	m->page = page_new(m);
	map(m, m->top, levels, IOVA, m->page, 1, 3);
}

/* Context tables of a bus are made when first asked for. */
static uint64_t table_of(struct machine *m, uint16_t sid)
{
	uint64_t place = m->root + (uint64_t)(sid >> 8) * 16;
	uint64_t *entry;

	if (m->is_scalable && sid & 0x80)
		place += 8;
	entry = word_at(m, place);
	if (*entry == 0)
		*entry = page_new(m) | 1;
	return *entry & ~UINT64_C(0xFFF);
}

uint64_t context_of(struct machine *m, uint16_t sid)
{
	if (m->is_scalable)
		return table_of(m, sid) + (sid & 0x7Fu) * 32;
	return table_of(m, sid) + (sid & 0xFFu) * 16;
}

uint64_t pasid_entry_of(struct machine *m, uint32_t pasid)
{
	uint64_t *entry = word_at(m, m->directory + (pasid >> 6) * 8);

	if (*entry == 0)
		*entry = page_new(m) | 1;
	return (*entry & ~UINT64_C(0xFFF)) + (pasid & 63) * 64;
}

void copy_context(struct machine *m, uint16_t to)
{
	uint64_t from = context_of(m, SID), place = context_of(m, to);

	for (unsigned int i = 0; i < (m->is_scalable ? 4u : 2u); i++)
		word_at(m, place)[i] = word_at(m, from)[i];
}

void copy_pasid(struct machine *m, uint32_t to)
{
	uint64_t from = pasid_entry_of(m, m->rid_pasid), place = pasid_entry_of(m, to);

	for (unsigned int i = 0; i < 8; i++)
		word_at(m, place)[i] = word_at(m, from)[i];
}

/* Nothing is cached at power-on: the invalidations that are due after SRTP are left out. */
static void enable(struct machine *m)
{
	command(m, 31, true);
	model_take_complaint(&m->unit);
}

void legacy_scene(struct machine *m, unsigned int levels)
{
	uint64_t *context;

	build_paging(m, levels);
	m->root = page_new(m);
	m->context = context_of(m, SID);
	context = word_at(m, m->context);
	context[0] = m->top | 1;
	context[1] = (levels - 2) | DID << 8;
	set_root(m, m->root, TTM_LEGACY);
	enable(m);
}

/* PDTS 0, RID_PASID 0, devices and PASIDs allowed where the unit can. */
void scalable_scene(struct machine *m, unsigned int levels)
{
	uint64_t *entry;

	build_paging(m, levels);
	m->is_scalable = true;
	m->root = page_new(m);
	m->directory = page_new(m);
	m->context = context_of(m, SID);
	entry = word_at(m, m->context);
	entry[0] = m->directory | 1;
	if (m->unit.config.ecap >> 2 & 1)
		entry[0] |= 1 << 2; /* DTE */
	if (m->unit.config.ecap >> 40 & 1)
		entry[0] |= 1 << 3; /* PASIDE */
	if (m->unit.config.ecap >> 29 & 1)
		entry[0] |= 1 << 4; /* PRE */
	m->pasid_table = pasid_entry_of(m, 0);
	entry = word_at(m, m->pasid_table);
	entry[0] = m->top | 2 << 6 | (levels - 2) << 2 | 1;
	entry[1] = DID;
	set_root(m, m->root, TTM_SCALABLE);
	enable(m);
}

static void make_first_stage(struct machine *m, unsigned int levels, uint64_t top)
{
	uint64_t *entry = word_at(m, m->pasid_table);

	entry[0] = 1 << 6 | 1;
	entry[1] = DID | 1 << 23;
	entry[2] = top | (levels == 5 ? 1 << 2 : 0);
}

void first_stage_scene(struct machine *m, unsigned int levels)
{
	scalable_scene(m, levels);
	map(m, m->top, levels, IOVA, m->page, 1, 7);
	make_first_stage(m, levels, m->top);
}

void nested_scene(struct machine *m, unsigned int levels)
{
	uint64_t tables[6] = { 0 };
	uint64_t first[6];
	uint64_t top;

	first_stage_scene(m, levels);
	make_first_stage(m, levels, m->top + GUEST);
	tables[0] = m->page;
	for (unsigned int level = 1; level <= levels; level++) {
		first[level] = m->entries[level];
		tables[level] = first[level] & ~UINT64_C(0xFFF);
		*word_at(m, first[level]) += GUEST;
	}
	top = page_new(m);
	for (unsigned int level = 0; level <= levels; level++)
		m->second[level] = map(m, top, 4, tables[level] + GUEST, tables[level], 1, 3);
	for (unsigned int level = 1; level <= levels; level++)
		m->entries[level] = first[level];
	*word_at(m, m->pasid_table) = top | 3 << 6 | 2 << 2 | 1;
}

/* ---- queue ---- */

void queue_start(struct machine *m, bool wide)
{
	if (m->queue == 0) {
		m->queue = page_new(m);
		m->wait = page_new(m);
	}
	m->is_wide = wide;
	m->tail = 0;
	write64(m, REG_IQT, 0);
	write64(m, REG_IQA, m->queue | (wide ? 1u << 11 : 0));
	command(m, 26, true);
}

void queue_put(struct machine *m, uint64_t q0, uint64_t q1, uint64_t q2, uint64_t q3)
{
	uint64_t *q = word_at(m, m->queue + m->tail);

	q[0] = q0;
	q[1] = q1;
	if (m->is_wide) {
		q[2] = q2;
		q[3] = q3;
	}
	m->tail = (m->tail + (m->is_wide ? 32 : 16)) % 4096;
}

void queue_kick(struct machine *m)
{
	write64(m, REG_IQT, m->tail);
}

void submit(struct machine *m, uint64_t q0, uint64_t q1)
{
	queue_put(m, q0, q1, 0, 0);
	queue_kick(m);
}

bool wait_done(struct machine *m)
{
	static uint32_t ticket = 0x5a000000;

	ticket++;
	*word_at(m, m->wait) = 0;
	submit(m, 5 | 1 << 5 | (uint64_t)ticket << 32, m->wait);
	return (uint32_t)*word_at(m, m->wait) == ticket;
}

/* ---- requests ---- */

struct model_request request(enum model_kind kind, uint64_t address)
{
	return (struct model_request){ .kind = kind, .sid = SID, .address = address, .bytes = 8 };
}

uint8_t reason_of(struct machine *m, const struct model_request *r)
{
	struct model_answer answer;

	model_translate(&m->unit, r, &answer);
	return answer.reason;
}

bool can(struct machine *m, const struct model_request *r, uint64_t phys)
{
	struct model_answer answer;

	return model_translate(&m->unit, r, &answer) && answer.phys == phys;
}

/* ---- fault records ---- */

static uint32_t record_offset(struct machine *m, unsigned int index)
{
	return (uint32_t)(m->unit.config.cap >> 24 & 0x3FF) * 16 + index * 16;
}

uint64_t fault_low(struct machine *m, unsigned int index)
{
	return read64(m, record_offset(m, index));
}

uint64_t fault_high(struct machine *m, unsigned int index)
{
	return read64(m, record_offset(m, index) + 8);
}

bool has_fault(struct machine *m, unsigned int index)
{
	return fault_high(m, index) >> 63;
}

void clear_faults(struct machine *m)
{
	unsigned int count = (unsigned int)(m->unit.config.cap >> 40 & 0xFF) + 1;

	for (unsigned int i = 0; i < count; i++)
		write32(m, record_offset(m, i) + 12, 1u << 31);
	write32(m, REG_FSTS, 0x71);
}

/* ---- how software invalidates ---- */

bool by_queue;

void host_invalidate_context(struct machine *m, uint64_t granularity, uint16_t did, uint16_t sid,
			     uint64_t mask)
{
	uint64_t names = (uint64_t)sid << 16 | did | mask << 32;

	if (by_queue)
		submit(m, 1 | granularity << 4 | names << 16, 0);
	else
		write64(m, REG_CCMD, UINT64_C(1) << 63 | granularity << 61 | names);
}

void host_invalidate_iotlb(struct machine *m, uint64_t granularity, uint16_t did,
			   uint64_t address_and_mask)
{
	uint32_t registers = (uint32_t)(m->unit.config.ecap >> 8 & 0x3FF) * 16;

	if (by_queue) {
		submit(m, 2 | granularity << 4 | (uint64_t)did << 16, address_and_mask);
		return;
	}
	write64(m, registers, address_and_mask);
	write64(m, registers + 8, UINT64_C(1) << 63 | granularity << 60 | (uint64_t)did << 32);
}
