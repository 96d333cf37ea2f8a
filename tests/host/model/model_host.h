/* SPDX-License-Identifier: MIT */
/*
 * Surroundings for the reference model on the build host: sparse memory, a log of what the unit
 * sends, and tables built by hand, entry by entry, independent of the kernel's own table code.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "iommu/spec/regs.h"
#include "iommu/spec/tables.h"
#include "tests/model/unit.h"

enum {
	HOST_PAGES = 96,
	HOST_MESSAGES = 32,
	HOST_RESPONSES = 16,
	HOST_DEVTLB = 16,

	SID = 0x0010,	    /* bus 0, device 2: lower context table */
	SID_2 = 0x0028,	    /* bus 0, device 5 */
	SID_UPPER = 0x01A8, /* bus 1, device 21: upper context table */
	DID = 7,
	DID_2 = 0x107, /* the same in its lower 8 bits */
};

#define IOVA  UINT64_C(0x40201000) /* distinct indexes at levels 1 to 3, 0 above */
#define GUEST UINT64_C(0x8000000000)

struct host_page {
	uint64_t phys;
	bool is_read_only;
	_Alignas(8) uint8_t bytes[4096];
};

struct host_message {
	uint64_t address;
	uint32_t data;
};

/* A unit with memory around it and one device scene in it. */
struct machine {
	struct model_unit unit;
	struct host_page pages[HOST_PAGES];
	unsigned int page_count;
	uint64_t next_phys;

	struct host_message messages[HOST_MESSAGES];
	unsigned int message_count;
	struct model_page_response responses[HOST_RESPONSES];
	unsigned int response_count;
	struct model_devtlb_request devtlb[HOST_DEVTLB];
	unsigned int devtlb_count;
	enum model_devtlb_answer devtlb_answer;

	uint64_t pasid_words[MODEL_PASID_WORDS(4096)];
	struct model_pasid_space pasids;

	/* The scene: where its tables are. */
	uint64_t root, context, directory, pasid_table, top, page, queue, wait;
	uint64_t entries[6]; /* paging entry of IOVA per level */
	uint64_t second
		[6]; /* nested: the second-stage leaf of the table of each level, [0] the page's */
	unsigned int levels;
	uint32_t rid_pasid;
	bool is_scalable, is_wide;
	uint32_t tail;
};

/* Set to a defect number to give every machine that defect (test_model_all.c). */
extern unsigned int host_defect;

void machine_init(struct machine *m, const struct model_config *config);
struct model_config everything(void);

/* Memory: a fresh zeroed page; a word at an address, which must exist. */
uint64_t page_new(struct machine *m);
void page_add(struct machine *m, uint64_t phys);
void page_remove(struct machine *m, uint64_t phys);
void page_protect(struct machine *m, uint64_t phys);
uint64_t *word_at(struct machine *m, uint64_t phys);

/* Registers. */
uint32_t read32(struct machine *m, uint32_t offset);
uint64_t read64(struct machine *m, uint32_t offset);
void write32(struct machine *m, uint32_t offset, uint32_t value);
void write64(struct machine *m, uint32_t offset, uint64_t value);
/* One global command: the bit is set (or, for enables, cleared) beside what GSTS says. */
void command(struct machine *m, uint32_t bit, bool set);
void set_root(struct machine *m, uint64_t root, enum ttm ttm);

/* Scenes: IOVA mapped to m->page, read and write; translation on. */
void legacy_scene(struct machine *m, unsigned int levels);
void scalable_scene(struct machine *m, unsigned int levels);
/* Through a first stage of 4 or 5 levels, in tables that may be marked (PWSNP). */
void first_stage_scene(struct machine *m, unsigned int levels);
/* The same below a second stage of 4 levels, where all of it lies GUEST further up. */
void nested_scene(struct machine *m, unsigned int levels);
uint64_t context_of(struct machine *m, uint16_t sid); /* place of the entry; legacy or scalable */
uint64_t pasid_entry_of(struct machine *m, uint32_t pasid);
/* Gives another device (or PASID) the same translation. */
void copy_context(struct machine *m, uint16_t to);
void copy_pasid(struct machine *m, uint32_t to);
/* Another table under the PDE of IOVA, in which IOVA is page: seen only if the structure cache goes. */
void new_last_level(struct machine *m, uint64_t page);
/* Maps iova at `leaf` level (1 to 3) in tables that begin at top. Returns the leaf's place. */
uint64_t map(struct machine *m, uint64_t top, unsigned int levels, uint64_t iova, uint64_t phys,
	     unsigned int leaf, uint64_t rights);

/* The queue. */
void queue_start(struct machine *m, bool wide);
void queue_put(struct machine *m, uint64_t q0, uint64_t q1, uint64_t q2, uint64_t q3);
void queue_kick(struct machine *m);
void submit(struct machine *m, uint64_t q0, uint64_t q1);
/* Submits a wait descriptor and asks whether its status came. */
bool wait_done(struct machine *m);

/* The same two invalidations by register or by queue. */
extern bool by_queue;
void host_invalidate_context(struct machine *m, uint64_t granularity, uint16_t did, uint16_t sid,
			     uint64_t mask);
void host_invalidate_iotlb(struct machine *m, uint64_t granularity, uint16_t did,
			   uint64_t address_and_mask);

/* Requests. */
struct model_request request(enum model_kind kind, uint64_t address);
uint8_t reason_of(struct machine *m, const struct model_request *r);
bool can(struct machine *m, const struct model_request *r, uint64_t phys);

/* Fault records. */
bool has_fault(struct machine *m, unsigned int index);
uint64_t fault_low(struct machine *m, unsigned int index);
uint64_t fault_high(struct machine *m, unsigned int index);
void clear_faults(struct machine *m);

/* The groups of tests, one per file. */
int run_registers(void);
int run_config(void);
int run_translate(void);
int run_first_stage(void);
int run_first_stage_caches(void);
int run_nested(void);
int run_device_tlb(void);
int run_faults(void);
int run_records(void);
int run_caches(void);
int run_pasid_caches(void);
int run_queue(void);
int run_queue_errors(void);
int run_vcmd(void);
int run_page_requests(void);
int run_interrupts(void);
int run_wide_pasids(void);
int run_reset(void);
int run_addresses(void);
