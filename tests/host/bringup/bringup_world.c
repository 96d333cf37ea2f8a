/* SPDX-License-Identifier: MIT */
#include "tests/host/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/page.h"
#include "arch/paging.h"
#include "arch/panic.h"
#include "iommu/structures/translation.h"
#include "tests/host/bringup/bringup_world.h"

#define MEMORY_BASE  UINT64_C(0x40000000)
#define MEMORY_BYTES UINT64_C(0x18000000)

struct world world;
bool world_forgives_entries;
static struct model_unit models[TOPOLOGY_UNITS_MAX]; /* large: not cleared with the rest */

/* ---- what the kernel code needs around it ---- */

bool paging_map_mmio(uint64_t phys, uint64_t bytes)
{
	return phys >= WORLD_BASE && bytes <= WORLD_STRIDE;
}

void cpu_flush(const void *address, size_t bytes); /* the models snoop everything */
void cpu_flush(const void *address, size_t bytes)
{
	(void)address;
	(void)bytes;
}

/* ---- registers ---- */

static unsigned int unit_at(const volatile void *address)
{
	return (unsigned int)(((uintptr_t)address - WORLD_BASE) / WORLD_STRIDE);
}

static uint32_t offset_at(const volatile void *address)
{
	return (uint32_t)(((uintptr_t)address - WORLD_BASE) % WORLD_STRIDE);
}

uint32_t world_mmio_read32(const volatile void *address)
{
	return (uint32_t)model_read(&world.models[unit_at(address)], offset_at(address), 4);
}

uint64_t world_mmio_read64(const volatile void *address)
{
	return model_read(&world.models[unit_at(address)], offset_at(address), 8);
}

static bool is_lost(unsigned int unit)
{
	if (world.fault == WORLD_SOUND)
		return false;
	if (world.has_struck)
		return world.fault == WORLD_DIES && world.dead_unit == unit;
	if (world.writes_left--)
		return false;
	world.has_struck = true;
	world.dead_unit = unit;
	return true;
}

/* Devices that nobody stopped, so that caches are full whenever they can be. */
static void keep_busy(void)
{
	for (unsigned int d = 0; world.is_busy && d < world.device_count; d++)
		(void)world_dma(d, false, 0);
}

static void write_register(volatile void *address, unsigned int bytes, uint64_t value)
{
	const unsigned int unit = unit_at(address);
	const uint32_t offset = offset_at(address);

	if (offset < REG_VCMD || offset >= REG_VCMD + 0x40) {
		world.foreign_writes++;
		world.was_early |= world.plan.pasids == PASIDS_VCMD &&
				   !world.bringup.result.pasids_off_because[0] &&
				   world.pasids.source_count < world.plan.vcmd_unit_count;
	}
	keep_busy();
	if (!is_lost(unit))
		model_write(&world.models[unit], offset, bytes, value);
}

void world_mmio_write32(volatile void *address, uint32_t value)
{
	write_register(address, 4, value);
}

void world_mmio_write64(volatile void *address, uint64_t value)
{
	write_register(address, 8, value);
}

uint64_t world_write_count(void)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < world.unit_count; i++)
		count += world.units[i].write_count;
	return count;
}

uint64_t world_read_count(void)
{
	uint64_t count = 0;

	for (unsigned int i = 0; i < world.unit_count; i++)
		count += world.units[i].read_count;
	return count;
}

void world_reset_counts(void)
{
	for (unsigned int i = 0; i < world.unit_count; i++)
		world.units[i].read_count = world.units[i].write_count = 0;
}

void world_inject(enum world_fault fault, unsigned int writes)
{
	world.fault = fault;
	world.writes_left = writes;
	world.has_struck = false;
}

void world_registers(unsigned int unit, char *text, size_t bytes)
{
	static const uint32_t pairs[] = { REG_RTADDR, REG_IQA, REG_IQT,	    REG_IRTA,	 REG_PQH,
					  REG_PQT,    REG_PQA, REG_PHMBASE, REG_PHMLIMIT };
	static const uint32_t words[] = { REG_FECTL, REG_FEDATA, REG_FEADDR,  REG_FEUADDR,
					  REG_IECTL, REG_IEDATA, REG_IEADDR,  REG_IEUADDR,
					  REG_PECTL, REG_PMEN,	 REG_PLMBASE, REG_PLMLIMIT };
	const uint32_t levels = (uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) |
					   FIELD_MASK(GSTS_IRES) | FIELD_MASK(GSTS_CFIS));
	struct model_unit *m = &world.models[unit];
	size_t at = 0;

	at += (size_t)snprintf(text, bytes, "GSTS %08x",
			       (uint32_t)model_read(m, REG_GSTS, 4) & levels);
	for (unsigned int i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		at += (size_t)snprintf(text + at, bytes - at, " %03x %llx", pairs[i],
				       (unsigned long long)model_read(m, pairs[i], 8));
	for (unsigned int i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		at += (size_t)snprintf(text + at, bytes - at, " %03x %x", words[i],
				       (uint32_t)model_read(m, words[i], 4));
	assert_true(at < bytes);
}

/* ---- memory ---- */

static bool reach(void *context, uint64_t phys, void *to, unsigned int bytes)
{
	(void)context;
	if (phys < MEMORY_BASE || phys + bytes > MEMORY_BASE + MEMORY_BYTES)
		return false;
	memcpy(to, (void *)(uintptr_t)phys, bytes);
	return true;
}

static bool store(void *context, uint64_t phys, const void *from, unsigned int bytes)
{
	(void)context;
	if (phys < MEMORY_BASE || phys + bytes > MEMORY_BASE + MEMORY_BYTES)
		return false;
	memcpy((void *)(uintptr_t)phys, from, bytes);
	return true;
}

static void message(void *context, uint64_t address, uint32_t data)
{
	(void)context;
	(void)address;
	(void)data;
}

void world_init(void)
{
	static const struct boot_info boot = {
		.range_count = 1,
		.ranges = { { MEMORY_BASE, MEMORY_BYTES, MEMORY_USABLE } },
	};
	void *memory =
		mmap((void *)(uintptr_t)MEMORY_BASE, MEMORY_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);

	if (memory != (void *)(uintptr_t)MEMORY_BASE)
		panic("no memory at %llx\n", (unsigned long long)MEMORY_BASE);
	page_init(&boot);
}

/* ---- units ---- */

static void add_devices(unsigned int unit)
{
	static const uint8_t devfn[WORLD_FUNCTIONS] = { 0x20, 0xa0 };

	for (unsigned int i = 0; i < WORLD_FUNCTIONS; i++) {
		const unsigned int n = world.device_count++;
		struct world_device *d = &world.devices[n];

		d->targets = page_alloc_contiguous(WORLD_WINDOW_PAGES, 1);
		d->foreign = page_alloc_contiguous(WORLD_WINDOW_PAGES, 1);
		d->bystanders = page_alloc_contiguous(WORLD_WINDOW_PAGES + 1, 1);
		d->mapping = (struct mapping){
			.from = iova(phys_of(d->bystanders).value),
			.to = phys_of(d->targets),
			.page_count = WORLD_WINDOW_PAGES,
			.rights = ACCESS_BOTH,
		};
		d->foreign_mapping = d->mapping;
		d->foreign_mapping.to = phys_of(d->foreign);
		world.list[n] = (struct bringup_device){
			.unit = unit,
			.sid = (uint16_t)((unit + 1) << 8 | devfn[i]),
			.did = (uint16_t)(1 + n % 200),
			.mappings = &d->mapping,
			.mapping_count = 1,
		};
	}
}

static struct model_pasid_space *pool_for(const struct topology_unit *unit, unsigned int index)
{
	const unsigned int n = unit->shares_pasids ? TOPOLOGY_UNITS_MAX : index;

	if (!world.pool_words[n]) {
		world.pool_words[n] =
			calloc(MODEL_PASID_WORDS(unit->pasid_count), sizeof(uint64_t));
		world.pools[n] = (struct model_pasid_space){
			.used = world.pool_words[n],
			.first = 1,
			.count = unit->pasid_count,
		};
	}
	return &world.pools[n];
}

/* ---- what an earlier stage left on: its own tables, its own queue, and it is gone ---- */

/* Pages of the earlier stage, all of which the hand-over leaves behind. */
static struct tables foreign_tables[TOPOLOGY_UNITS_MAX];
static void *foreign_rings[TOPOLOGY_UNITS_MAX];

static enum status leave_on(unsigned int i, enum topology_entry entry)
{
	struct unit *unit = &world.units[i];
	struct tables_format format = {
		.scalable = entry == ENTRY_SM_ON,
		.levels = caps_best_levels(&unit->caps),
	};
	struct bringup_device list[WORLD_DEVICES_MAX];
	enum status status;

	for (unsigned int d = 0; d < world.device_count; d++) {
		list[d] = world.list[d];
		list[d].mappings = &world.devices[d].foreign_mapping;
	}
	status = tables_build(&foreign_tables[i], &format, world.unit_count, list,
			      world.device_count);
	if (status == STATUS_OK && caps_has(&unit->caps, CAPABILITY_QI))
		status = queue_enable(unit, format.scalable, 0);
	if (status == STATUS_OK && entry == ENTRY_IR_ON)
		status =
			unit_latch_irt(unit, phys_of(foreign_tables[i].roots[i].entries), 0, false);
	if (status == STATUS_OK && entry == ENTRY_IR_ON)
		status = unit_set_interrupt_remapping(unit, true);
	if (status == STATUS_OK && (entry == ENTRY_SM_ON || entry == ENTRY_LEGACY_ON))
		status = translation_start(unit, &foreign_tables[i].roots[i]);
	return status;
}

static void enter(unsigned int i)
{
	const enum topology_entry entry = world.topology.units[i].entry;
	struct unit *unit = &world.units[i];

	if (entry == ENTRY_OFF)
		return;
	if (leave_on(i, entry) != STATUS_OK) {
		if (!world_forgives_entries)
			fail_msg("entry state: %s", unit_failure(unit));
		world.topology.units[i].entry = ENTRY_OFF;
		unit->queue.on = unit->queue.on && queue_abandon(unit) != STATUS_OK;
		model_reset(&world.models[i]);
		(void)model_take_complaint(&world.models[i]);
	}
	/* its events were on, too */
	unit_write32(unit, REG_FECTL, 0);
	if (caps_has(&unit->caps, CAPABILITY_QI))
		unit_write32(unit, REG_IECTL, 0);
	foreign_rings[i] = unit->queue.ring;
	unit->queue = (struct queue){ 0 };
}

static void open_unit(unsigned int i)
{
	static const struct model_host host = { .read = reach, .write = store, .message = message };
	const struct topology_unit *words = &world.topology.units[i];
	struct model_config config = words->config;
	enum status status;

	config.pasids = pool_for(words, i);
	assert_null(model_config_error(&config));
	model_init(&world.models[i], &config, &host);
	for (unsigned int n = 1; n <= MODEL_DEFECT_COUNT; n++)
		if (words->defects[n / 64] >> (n % 64) & 1)
			model_set_defect(&world.models[i], (enum model_defect)n);
	status = unit_probe(&world.units[i], i, UNIT_MODEL,
			    phys(WORLD_BASE + (uint64_t)i * WORLD_STRIDE), 0);
	world.is_absent[i] = status == STATUS_ABSENT;
	assert_true(status == STATUS_OK || status == STATUS_ABSENT);
}

void world_open(const char *topology, enum options_vcmd layout)
{
	char error[200];

	memset(&world, 0, sizeof(world));
	world.models = models;
	memset(foreign_tables, 0, sizeof(foreign_tables));
	memset(foreign_rings, 0, sizeof(foreign_rings));
	world.pages_before = page_in_use_count();
	if (!topology_parse(topology, &world.topology, error, sizeof(error)))
		fail_msg("%s: %s", topology, error);
	world.unit_count = world.topology.unit_count;
	world.units = page_alloc_contiguous(
		(world.unit_count * sizeof(struct unit) + PAGE_BYTES - 1) / PAGE_BYTES, 1);
	for (unsigned int i = 0; i < world.unit_count; i++) {
		open_unit(i);
		add_devices(i);
	}
	for (unsigned int i = 0; i < world.unit_count; i++)
		enter(i);
	world_reset_counts();
	bringup_survey(world.units, world.unit_count, layout, world.surveys);
	world.foreign_writes = 0;
}

void world_close(void)
{
	for (unsigned int i = 0; i < world.unit_count; i++) {
		if (world.units[i].queue.ring)
			page_free(world.units[i].queue.ring);
		page_free(foreign_rings[i]);
		tables_destroy(&foreign_tables[i]);
	}
	for (unsigned int i = 0; i < world.device_count; i++) {
		page_free_contiguous(world.devices[i].targets, WORLD_WINDOW_PAGES);
		page_free_contiguous(world.devices[i].foreign, WORLD_WINDOW_PAGES);
		page_free_contiguous(world.devices[i].bystanders, WORLD_WINDOW_PAGES + 1);
	}
	tables_destroy(&world.tables);
	page_free_contiguous(world.units, (world.unit_count * sizeof(struct unit) + PAGE_BYTES -
					   1) / PAGE_BYTES);
	for (unsigned int i = 0; i <= TOPOLOGY_UNITS_MAX; i++)
		free(world.pool_words[i]);
	free(world.pasid_state);
	assert_int_equal(page_in_use_count(), world.pages_before);
}

/* ---- plan and commit ---- */

bool world_plan(const struct bringup_request *request)
{
	enum status status;

	if (!bringup_plan(world.surveys, world.unit_count, request, &world.plan))
		return false;
	status = tables_build(&world.tables, &world.plan.format, world.unit_count, world.list,
			      world.device_count);
	assert_int_equal(status, STATUS_OK);
	if (world.plan.pasids != PASIDS_NONE) {
		world.pasid_state = malloc(pasid_space_state_bytes(world.plan.pasid_bits));
		pasid_space_init(&world.pasids, world.plan.pasid_bits, world.pasid_state, NULL);
	}
	world.bringup = (struct bringup){
		.units = world.units,
		.plan = &world.plan,
		.tables = &world.tables,
		.pasids = world.plan.pasids == PASIDS_NONE ? NULL : &world.pasids,
		/* 16 zeroed entries are enough: nothing here sends an interrupt through it */
		.interrupt_table = phys_of(world.tables.roots[0].entries),
		.interrupt_table_s = 3,
	};
	return true;
}

bool world_commit(void)
{
	return bringup_commit(&world.bringup);
}

/* ---- DMA ---- */

static bool shows(const uint8_t *page, uint32_t pattern)
{
	return memcmp(page, &pattern, sizeof(pattern)) == 0;
}

/* Writes to each page of the window, so that a walk goes on from what the first one cached. */
enum world_landing world_dma(unsigned int device, bool has_pasid, uint32_t pasid)
{
	static uint32_t pattern = 0x5a000000;
	const struct world_device *d = &world.devices[device];
	struct model_unit *model = &world.models[world.list[device].unit];
	unsigned int landed = 0, foreign = 0, passed = 0, blocked = 0;

	for (unsigned int page = 0; page < WORLD_WINDOW_PAGES; page++) {
		struct model_request request = {
			.kind = MODEL_WRITE,
			.sid = world.list[device].sid,
			.has_pasid = has_pasid,
			.pasid = pasid,
			.address = d->mapping.from.value + page * PAGE_BYTES,
			.bytes = sizeof(pattern),
		};
		bool went = model_dma(model, &request, &(uint32_t){ ++pattern });

		landed += shows(d->targets + page * PAGE_BYTES, pattern);
		foreign += shows(d->foreign + page * PAGE_BYTES, pattern);
		passed += shows(d->bystanders + page * PAGE_BYTES, pattern);
		blocked += !went;
	}
	if (landed + foreign + passed + blocked != WORLD_WINDOW_PAGES)
		return WORLD_ASTRAY;
	if (landed == WORLD_WINDOW_PAGES)
		return WORLD_LANDED;
	if (foreign == WORLD_WINDOW_PAGES)
		return WORLD_FOREIGN;
	if (passed == WORLD_WINDOW_PAGES)
		return WORLD_PASSED;
	return blocked == WORLD_WINDOW_PAGES ? WORLD_BLOCKED : WORLD_ASTRAY;
}

enum world_landing world_dma_outside(unsigned int device)
{
	const struct world_device *d = &world.devices[device];
	const uint32_t pattern = 0x0bad0bad;
	struct model_request request = {
		.kind = MODEL_WRITE,
		.sid = world.list[device].sid,
		.address = d->mapping.from.value + WORLD_WINDOW_PAGES * PAGE_BYTES,
		.bytes = sizeof(pattern),
	};
	bool went =
		model_dma(&world.models[world.list[device].unit], &request, &(uint32_t){ pattern });

	if (!went)
		return WORLD_BLOCKED;
	return shows(d->bystanders + WORLD_WINDOW_PAGES * PAGE_BYTES, pattern) ? WORLD_PASSED
									       : WORLD_ASTRAY;
}

void world_expect_no_complaint(void)
{
	for (unsigned int i = 0; i < world.unit_count; i++) {
		const char *error = model_take_error(&world.models[i]);
		const char *complaint = model_take_complaint(&world.models[i]);

		if (error || complaint)
			fail_msg("unit %u: %s", i, error ? error : complaint);
	}
}
