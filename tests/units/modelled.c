/* SPDX-License-Identifier: MIT */
#include "tests/units/modelled.h"

#include "arch/apic.h"
#include "arch/cpu.h"
#include "arch/mmio_hole.h"
#include "arch/page.h"
#include "arch/paging.h"
#include "arch/panic.h"
#include "arch/pci.h"
#include "arch/print.h"
#include "arch/string.h"

#define REGISTERS_STRIDE UINT64_C(0x10000) /* more than any unit decodes: 32 KiB + 4 KiB */
#define FOUR_GIB	 (UINT64_C(1) << 32)
#define ONE_GIB		 (UINT64_C(1) << 30)
#define FIRST_BUS	 0x80

enum { COMPLAINTS_MAX = 64, KEPT_MAX = 1, UNITS = TOPOLOGY_UNITS_MAX + KEPT_MAX };

/* A hole lives for ever; what answers in it is the unit of that number, while there is one. */
static struct modelled *units[UNITS];
static unsigned int unit_count;
static unsigned int kept_count; /* the first of them, which are not built anew */
static unsigned int hole_count;
static struct topology_place place = { .stride_bytes = REGISTERS_STRIDE, .first_bus = FIRST_BUS };
static uint8_t table[TOPOLOGY_TABLE_BYTES];
static size_t table_bytes;
static struct model_pasid_space shared_pool;

/* ---- registers ---- */

static const char *read_registers(void *context, uint64_t offset, unsigned int bytes,
				  uint64_t *value)
{
	struct modelled *modelled = *(struct modelled **)context;

	*value = UINT64_MAX;
	if (!modelled)
		return NULL;
	*value = model_read(&modelled->model, (uint32_t)offset, bytes);
	modelled_deliver(modelled);
	return model_take_error(&modelled->model);
}

static const char *write_registers(void *context, uint64_t offset, unsigned int bytes,
				   uint64_t value)
{
	struct modelled *modelled = *(struct modelled **)context;

	if (!modelled)
		return NULL;
	model_write(&modelled->model, (uint32_t)offset, bytes, value);
	modelled_deliver(modelled);
	return model_take_error(&modelled->model);
}

/* ---- surroundings ---- */

static bool read_memory(void *context, uint64_t from, void *to, unsigned int bytes)
{
	(void)context;
	if (!paging_is_ram(from, bytes))
		return false;
	memcpy(to, phys_pointer(phys(from)), bytes);
	return true;
}

static bool write_memory(void *context, uint64_t to, const void *from, unsigned int bytes)
{
	(void)context;
	if (!paging_is_ram(to, bytes))
		return false;
	memcpy(phys_pointer(phys(to)), from, bytes);
	return true;
}

/* Kept until the model has returned: an interrupt handler may well read its registers. */
static void keep_message(void *context, uint64_t address, uint32_t data)
{
	struct modelled *modelled = context;
	unsigned int slot;

	if (modelled->message_count == MODELLED_MESSAGES) {
		modelled->lost_message_count++;
		return;
	}
	slot = (modelled->message_first + modelled->message_count++) % MODELLED_MESSAGES;
	modelled->messages[slot].address = address;
	modelled->messages[slot].data = data;
}

static struct endpoint *endpoint_at(struct modelled *modelled, uint16_t sid)
{
	for (unsigned int i = 0; i < TOPOLOGY_ENDPOINTS; i++)
		if (modelled->endpoints[i].sid == sid)
			return &modelled->endpoints[i];
	return NULL;
}

/* What a device has under way goes out ahead of its completion. */
static void send_in_flight(struct modelled *modelled, struct endpoint *endpoint)
{
	struct model_request request = *endpoint->in_flight;

	endpoint->in_flight = NULL;
	request.sid = endpoint->sid;
	model_translate(&modelled->model, &request, &endpoint->in_flight_answer);
}

/* A device that is not there does not answer. */
static enum model_devtlb_answer answer_devtlb(void *context,
					      const struct model_devtlb_request *request)
{
	struct endpoint *endpoint = endpoint_at(context, request->sid);

	if (!endpoint)
		return MODEL_DEVTLB_TIMEOUT;
	endpoint->devtlb = *request;
	endpoint->devtlb_count++;
	endpoint->devtlb_at = ++endpoint->message_count;
	if (endpoint->in_flight)
		send_in_flight(context, endpoint);
	return endpoint->devtlb_answer;
}

static void take_page_response(void *context, const struct model_page_response *response)
{
	struct endpoint *endpoint = endpoint_at(context, response->sid);

	if (!endpoint)
		return;
	endpoint->response = *response;
	endpoint->response_count++;
	endpoint->response_at = ++endpoint->message_count;
}

/* ---- messages ---- */

enum {
	DELIVERY_FIXED = 0,
	DELIVERY_LOWEST_PRIORITY = 1,
	DESTINATION_BROADCAST = 0xff,
	FIRST_LEGAL_VECTOR = 16,
};

bool modelled_is_for_this_processor(uint64_t address, uint32_t data)
{
	uint32_t destination = (uint32_t)(address >> 12 & 0xff) | (uint32_t)(address >> 40 << 8);
	uint32_t delivery = data >> 8 & 7;
	bool is_logical = address >> 2 & 1;
	bool is_own = is_logical ? destination & apic_logical_id()
				 : destination == apic_id() || destination == DESTINATION_BROADCAST;

	return (address & 0xfff00000) == 0xfee00000 && is_own &&
	       (delivery == DELIVERY_FIXED || delivery == DELIVERY_LOWEST_PRIORITY) &&
	       (data & 0xff) >= FIRST_LEGAL_VECTOR;
}

void modelled_deliver(struct modelled *modelled)
{
	while (modelled->message_count) {
		unsigned int slot = modelled->message_first;
		const struct interrupt_message message = modelled->messages[slot];

		modelled->message_first = (slot + 1) % MODELLED_MESSAGES;
		modelled->message_count--;
		modelled->last_message = message;
		modelled->sent_message_count++;
		if (modelled_is_for_this_processor(message.address, message.data))
			apic_raise((uint8_t)message.data);
		else
			modelled->lost_message_count++;
	}
}

/* ---- what an earlier stage left on ---- */

static void give_command(struct model_unit *model, uint64_t bits)
{
	uint32_t levels = (uint32_t)(FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_QIES) |
				     FIELD_MASK(GSTS_IRES) | FIELD_MASK(GSTS_CFIS));

	model_write(model, REG_GCMD, 4, (model->gsts & levels) | bits);
}

static void leave_queue_on(struct model_unit *model, const void *ring, bool is_wide)
{
	model_write(model, REG_IQT, 8, 0);
	model_write(model, REG_IQA, 8, phys_of(ring).value | reg_put(IQA_DW, is_wide));
	give_command(model, FIELD_MASK(GCMD_QIE));
}

static void leave_translation_on(struct model_unit *model, const void *root, enum ttm ttm)
{
	model_write(model, REG_RTADDR, 8, phys_of(root).value | reg_put(RTADDR_TTM, ttm));
	give_command(model, FIELD_MASK(GCMD_SRTP));
	give_command(model, FIELD_MASK(GCMD_TE));
}

static void leave_interrupts_on(struct model_unit *model, const void *entries)
{
	model_write(model, REG_IRTA, 8, phys_of(entries).value | reg_put(IRTA_S, 7));
	give_command(model, FIELD_MASK(GCMD_SIRTP));
	give_command(model, FIELD_MASK(GCMD_IRE));
}

/* Tables without a present entry: an earlier stage that lets nothing through. */
static bool leave_on(struct modelled *modelled, enum topology_entry entry)
{
	struct model_unit *model = &modelled->model;
	void *ring, *entries;

	if (entry == ENTRY_OFF)
		return true;
	ring = modelled->earlier_stage[0] = page_alloc();
	entries = modelled->earlier_stage[1] = page_alloc();
	if (!ring || !entries)
		return false;
	if (entry != ENTRY_LEGACY_ON)
		leave_queue_on(model, ring, entry == ENTRY_SM_ON);
	if (entry == ENTRY_LEGACY_ON)
		leave_translation_on(model, entries, TTM_LEGACY);
	if (entry == ENTRY_SM_ON)
		leave_translation_on(model, entries, TTM_SCALABLE);
	if (entry == ENTRY_IR_ON)
		leave_interrupts_on(model, entries);
	return true;
}

/* ---- building ---- */

static size_t pages_of(size_t bytes)
{
	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

static void *allocate(size_t bytes)
{
	return page_alloc_contiguous(pages_of(bytes), 1);
}

static void release(void *memory, size_t bytes)
{
	page_free_contiguous(memory, pages_of(bytes));
}

static bool make_pool(struct model_pasid_space *pool, uint32_t count)
{
	*pool = (struct model_pasid_space){
		.used = allocate(MODEL_PASID_WORDS(count) * sizeof(uint64_t)),
		.first = 1,
		.count = count,
	};
	return pool->used;
}

static void free_pool(struct model_pasid_space *pool)
{
	release(pool->used, MODEL_PASID_WORDS(pool->count) * sizeof(uint64_t));
	*pool = (struct model_pasid_space){ 0 };
}

/* The pool a unit draws on. The first unit that shares says how large the shared one is. */
static struct model_pasid_space *pool_of(const struct topology_unit *unit)
{
	struct model_pasid_space *pool = &shared_pool;

	if (unit->config.vcmd_layout == MODEL_VCMD_NONE)
		return NULL;
	if (unit->shares_pasids && shared_pool.used)
		return &shared_pool;
	if (!unit->shares_pasids)
		pool = allocate(sizeof(*pool));
	return pool && make_pool(pool, unit->pasid_count) ? pool : NULL;
}

static void add_defects(struct model_unit *model, const uint64_t *defects)
{
	for (unsigned int i = 1; i <= MODEL_DEFECT_COUNT; i++)
		if (defects[i / 64] >> (i % 64) & 1)
			model_set_defect(model, (enum model_defect)i);
}

static void add_endpoints(struct modelled *modelled, unsigned int index)
{
	for (unsigned int i = 0; i < TOPOLOGY_ENDPOINTS; i++) {
		uint16_t sid = topology_endpoint_sid(&place, index, i);

		endpoint_init(&modelled->endpoints[i], modelled, place.segment, sid,
			      &modelled->agents[i]);
	}
}

/* NULL if there is no memory for it. */
static struct modelled *make_unit(const struct topology_unit *unit, unsigned int index)
{
	struct modelled *modelled = allocate(sizeof(*modelled));
	struct model_config config = unit->config;
	struct model_host host = {
		.read = read_memory,
		.write = write_memory,
		.message = keep_message,
		.devtlb = answer_devtlb,
		.page_response = take_page_response,
		.context = modelled,
	};

	config.pasids = pool_of(unit);
	if (!modelled || (config.vcmd_layout != MODEL_VCMD_NONE && !config.pasids))
		return NULL;
	model_init(&modelled->model, &config, &host);
	modelled->words = unit->text;
	modelled->words_bytes = unit->text_bytes;
	add_endpoints(modelled, index);
	if (!leave_on(modelled, unit->entry))
		return NULL;
	add_defects(&modelled->model, unit->defects);
	return modelled;
}

/* The highest free stretch below 2^bits; never below 4 GiB, where everything may be a device's. */
static bool find_room_below(unsigned int bits)
{
	const uint64_t bytes = UNITS * REGISTERS_STRIDE;

	for (uint64_t base = (UINT64_C(1) << bits) - ONE_GIB; base >= FOUR_GIB; base -= ONE_GIB)
		if (!paging_is_mapped(base, bytes)) {
			place.base = base;
			return true;
		}
	return false;
}

/* Room for as many units as there can ever be, so that the next topology finds it, too. */
static bool find_room(const struct topology *topology)
{
	unsigned int bits = cpu_physical_bits() < 46 ? cpu_physical_bits() : 46;

	if (place.base)
		return true;
	if (topology->host_address_bits < bits && find_room_below(topology->host_address_bits))
		return true;
	return find_room_below(bits);
}

static bool has_device_on_our_buses(uint16_t segment)
{
	for (unsigned int i = 0; i < pci_count(); i++) {
		const struct pci_device *device = pci_get(i);

		if (device->segment == segment && device->bus >= FIRST_BUS)
			return true;
	}
	return false;
}

/* Some segment has no real device on the upper half of its buses. */
static void find_buses(void)
{
	while (has_device_on_our_buses(place.segment))
		place.segment++;
}

static bool open_registers(unsigned int index)
{
	const struct mmio_hole hole = {
		.base = phys(place.base + index * REGISTERS_STRIDE),
		.pages = REGISTERS_STRIDE / PAGE_BYTES,
		.read = read_registers,
		.write = write_registers,
		.context = &units[index],
	};

	if (index < hole_count)
		return true;
	if (!mmio_hole_open(&hole))
		return false;
	hole_count++;
	return true;
}

bool modelled_build(const struct topology *topology, char *error, size_t error_bytes)
{
	struct topology_place free_place;

	if (!find_room(topology)) {
		print_to(error, error_bytes, "no free addresses for the registers of %u units",
			 topology->unit_count);
		return false;
	}
	find_buses();
	for (unsigned int i = 0; i < topology->unit_count; i++) {
		units[unit_count] = make_unit(&topology->units[i], i);
		if (!units[unit_count] || !open_registers(unit_count)) {
			print_to(error, error_bytes, "no memory for modelled unit %u of %u", i + 1,
				 topology->unit_count);
			return false;
		}
		unit_count++;
	}
	free_place = place;
	free_place.base += kept_count * REGISTERS_STRIDE;
	table_bytes = topology_write_table(topology, &free_place, table);
	return true;
}

static void free_unit(struct modelled *modelled)
{
	struct model_pasid_space *pool = modelled->model.config.pasids;

	if (pool && pool != &shared_pool) {
		free_pool(pool);
		release(pool, sizeof(*pool));
	}
	page_free(modelled->earlier_stage[0]);
	page_free(modelled->earlier_stage[1]);
	release(modelled, sizeof(*modelled));
}

void modelled_dismiss(void)
{
	for (unsigned int i = kept_count; i < unit_count; i++) {
		free_unit(units[i]);
		units[i] = NULL;
	}
	if (shared_pool.used && !(kept_count && units[0]->model.config.pasids == &shared_pool))
		free_pool(&shared_pool);
	unit_count = kept_count;
	table_bytes = 0;
}

void modelled_keep(void)
{
	if (unit_count > KEPT_MAX)
		panic("%u modelled units to be kept, there is room for %d", unit_count, KEPT_MAX);
	kept_count = unit_count;
}

void modelled_power_cycle(struct modelled *modelled)
{
	struct model_config config = modelled->model.config;
	struct model_host host = modelled->model.host;

	model_init(&modelled->model, &config, &host);
	model_recall_pasids(&modelled->model);
	modelled->message_first = modelled->message_count = 0;
}

/* ---- what was built ---- */

const void *modelled_table(size_t *bytes)
{
	*bytes = table_bytes;
	return table_bytes ? table : NULL;
}

struct modelled *modelled_of(const struct unit *unit)
{
	uint64_t index = (unit->base.value - place.base) / REGISTERS_STRIDE;

	return unit->source == UNIT_MODEL && index < unit_count ? units[index] : NULL;
}

const struct agent *modelled_endpoint(unsigned int nth)
{
	unsigned int index = kept_count + nth / TOPOLOGY_ENDPOINTS;

	return index < unit_count ? &units[index]->agents[nth % TOPOLOGY_ENDPOINTS] : NULL;
}

static bool was_told(const char *text)
{
	static const char *told[COMPLAINTS_MAX];
	static unsigned int count;

	for (unsigned int i = 0; i < count; i++)
		if (told[i] == text)
			return true;
	if (count < COMPLAINTS_MAX)
		told[count++] = text;
	return false;
}

const char *modelled_new_complaint(const struct unit *unit)
{
	struct modelled *modelled = modelled_of(unit);
	const char *text = modelled ? model_take_complaint(&modelled->model) : NULL;

	return text && !was_told(text) ? text : NULL;
}
