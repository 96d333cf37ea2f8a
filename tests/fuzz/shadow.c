/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/shadow.h"

#include "arch/page.h"
#include "arch/paging.h"
#include "arch/string.h"
#include "tests/engine/platform.h"
#include "tests/units/modelled.h"

static struct shadow *watching;

static size_t side_pages(void)
{
	return (sizeof(struct shadow_side) + PAGE_BYTES - 1) / PAGE_BYTES;
}

static size_t pool_pages(const struct model_pasid_space *pool)
{
	const size_t bytes = MODEL_PASID_WORDS(pool->count) * sizeof(uint64_t);

	return (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
}

/* ---- memory ---- */

/* What this side wrote itself and the unit has not written yet. */
static void lay_over(const struct shadow_side *side, uint64_t from, uint8_t *to, unsigned int bytes)
{
	for (unsigned int i = 0; i < side->write_count; i++) {
		const struct shadow_write *write = &side->journal[i];

		for (unsigned int b = 0; b < write->bytes; b++)
			if (write->at + b - from < bytes)
				to[write->at + b - from] = (uint8_t)(write->value >> b * 8);
	}
}

static bool is_on_board(uint64_t at, unsigned int bytes)
{
	return watching->board &&
	       at - phys_of(watching->board).value <= SHADOW_BOARD_BYTES - (uint64_t)bytes;
}

static bool is_interrupt_entry(uint64_t at, unsigned int bytes)
{
	const struct interrupt_table *table = watching->interrupts;

	return table && at - phys_of(table->entries).value <=
				(sizeof(struct irte) << (table->s + 1)) - (uint64_t)bytes;
}

/*
 * Tables of the stage, and the queue. Elsewhere there may be nothing, or what changes while we look: the model itself,
 * a stack.
 */
static bool is_ours(uint64_t at, unsigned int bytes)
{
	const struct queue *queue = &watching->unit->queue;

	if (watching->sees_all)
		return paging_is_ram(at, bytes);

	if (watching->stage && stage_owns_table(watching->stage, at))
		return stage_owns_table(watching->stage, at + bytes - 1);
	if (at - phys_of(&queue->status).value < sizeof(queue->status))
		return true;
	if (is_on_board(at, bytes) || is_interrupt_entry(at, bytes))
		return true;
	return queue->on && at - phys_of(queue->ring).value < queue_ring_bytes(queue);
}

/* Where no memory is, a modelled unit finds none; what a real one gets there nobody knows. */
static bool is_known_void(uint64_t at, unsigned int bytes)
{
	return watching->unit->source == UNIT_MODEL && !paging_is_ram(at, bytes);
}

static bool read_memory(void *context, uint64_t from, void *to, unsigned int bytes)
{
	struct shadow_side *side = context;

	if (!is_ours(from, bytes)) {
		side->has_strayed |= !is_known_void(from, bytes);
		return false;
	}
	if (is_on_board(from, bytes)) {
		memcpy(to, side->board + (from - phys_of(watching->board).value), bytes);
		return true;
	}
	memcpy(to, phys_pointer(phys(from)), bytes);
	lay_over(side, from, to, bytes);
	return true;
}

/* The driver's own status word is between it and the unit. */
static bool is_of_driver(uint64_t at)
{
	const struct queue *queue = &watching->unit->queue;

	return at - phys_of(&queue->status).value < sizeof(queue->status);
}

static bool write_memory(void *context, uint64_t to, const void *from, unsigned int bytes)
{
	struct shadow_side *side = context;
	struct shadow_write *write = &side->journal[side->write_count];

	if (!is_ours(to, bytes)) {
		side->has_strayed = true;
		return false;
	}
	if (is_on_board(to, bytes)) {
		memcpy(side->board + (to - phys_of(watching->board).value), from, bytes);
		return true;
	}
	if (is_of_driver(to))
		return true;
	if (side->write_count == SHADOW_JOURNAL || bytes > sizeof(write->value)) {
		side->has_strayed = true; /* too much to keep */
		return true;
	}
	*write = (struct shadow_write){ .at = to, .bytes = bytes };
	memcpy(&write->value, from, bytes);
	side->write_count++;
	return true;
}

/* ---- what it sends ---- */

static void keep_message(void *context, uint64_t address, uint32_t data)
{
	struct sent *sent = &((struct shadow_side *)context)->sent;

	sent->message_count++;
	sent->message = (struct interrupt_message){ .address = address, .data = data };
}

static enum model_devtlb_answer ask_device(void *context,
					   const struct model_devtlb_request *request)
{
	struct sent *sent = &((struct shadow_side *)context)->sent;

	if (sent_has_device(watching->unit, request->sid)) {
		sent->devtlb_count++;
		sent->devtlb = *request;
	}
	return sent_devtlb_answer(watching->unit, request->sid);
}

static void answer_page(void *context, const struct model_page_response *response)
{
	struct sent *sent = &((struct shadow_side *)context)->sent;

	if (!sent_has_device(watching->unit, response->sid))
		return;
	sent->response_count++;
	sent->response = *response;
}

/* ---- registers ---- */

enum { RING_PAGES_LOG2_MAX = 1 };

static void mirror(struct unit *unit, uint32_t offset, unsigned int bytes, uint64_t value)
{
	if (watching && watching->sees_all && unit->queue.size_log2 > RING_PAGES_LOG2_MAX)
		watching->is_blind = true;
	if (watching && watching->is_blind)
		return;
	for (unsigned int i = 0; watching && watching->unit == unit && i < SHADOW_SIDES; i++) {
		struct shadow_side *side = watching->sides[i];

		if (!shadow_needs_side(watching, i))
			continue;
		if (offset + bytes <= model_register_bytes(&side->model))
			model_write(&side->model, offset, bytes, value);
		side->write_count = 0;
	}
}

/* ---- life ---- */

static struct model_config config_of(const struct unit *unit)
{
	const struct modelled *modelled = modelled_of(unit);
	struct model_config config = {
		.version = unit->caps.ver,
		.cap = unit->caps.cap,
		.ecap = unit->caps.ecap,
		.host_address_bits = platform.dmar.host_address_bits,
		.merges_faults = true,
	};

	if (modelled) {
		config = modelled->model.config;
		config.misbehaviour = (struct model_misbehaviour){ 0 };
		config.cache = NULL;
		config.gsts_delay_reads = 0;
	}
	/* No PASID comes from here, so none is withheld; see give_commands(). */
	config.ecap &= ~FIELD_MASK(ECAP_VCS);
	config.vcmd_layout = MODEL_VCMD_NONE;
	config.vccap = 0;
	config.pasids = NULL;
	config.allow_illegal = true;
	return config;
}

bool shadow_prepare(struct shadow *shadow)
{
	bool is_whole = true;

	for (unsigned int i = 0; i < SHADOW_SIDES; i++) {
		if (!shadow->sides[i])
			shadow->sides[i] = page_alloc_contiguous(side_pages(), 1);
		is_whole &= shadow->sides[i] != NULL;
	}
	return is_whole;
}

static void begin(struct shadow *shadow, const struct model_config *config)
{
	for (unsigned int i = 0; i < SHADOW_SIDES; i++) {
		struct shadow_side *side = shadow->sides[i];
		const struct model_host host = { .read = read_memory,
						 .write = write_memory,
						 .message = keep_message,
						 .devtlb = ask_device,
						 .page_response = answer_page,
						 .context = side };

		memset(side, 0, sizeof(*side));
		model_init(&side->model, config, &host);
	}
}

/* Which PASID comes next is the unit's affair: it is due of one that is made like the model. */
static bool give_commands(struct shadow *shadow, struct model_unit *model)
{
	const struct modelled *modelled = modelled_of(shadow->unit);
	const struct model_config *config = modelled ? &modelled->model.config : NULL;

	if (!shadow->has_commands || !config || !config->pasids)
		return true;
	shadow->pasids = *config->pasids;
	shadow->pasids.used = page_alloc_contiguous(pool_pages(&shadow->pasids), 1);
	if (!shadow->pasids.used)
		return false;
	model->config.ecap = config->ecap;
	model->config.vcmd_layout = config->vcmd_layout;
	model->config.vccap = config->vccap;
	model->config.pasids = &shadow->pasids;
	model_recall_pasids(model);
	return true;
}

/* That a table was latched once shows for ever. */
static void adopt_status(struct shadow *shadow)
{
	const uint32_t latched = (uint32_t)(FIELD_MASK(GSTS_RTPS) | FIELD_MASK(GSTS_IRTPS));

	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		shadow->sides[i]->model.gsts |= unit_read32(shadow->unit, REG_GSTS) & latched;
}

const char *shadow_open(struct shadow *shadow, struct unit *unit)
{
	const struct model_config config = config_of(unit);
	const char *error = model_config_error(&config);

	if (!error && !shadow_prepare(shadow))
		error = "no memory for the model";
	if (error)
		return error;
	shadow->unit = unit;
	shadow->has_diverged = shadow->is_blind = false;
	begin(shadow, &config);
	if (!give_commands(shadow, &shadow_plain_side(shadow)->model))
		return "no memory for the model's PASIDs";
	adopt_status(shadow);
	watching = shadow;
	unit->before_write = mirror;
	return NULL;
}

void shadow_leave(struct shadow *shadow)
{
	if (shadow->unit) {
		shadow->unit->before_write = NULL;
		watching = NULL;
	}
	shadow->unit = NULL;
}

void shadow_close(struct shadow *shadow)
{
	shadow_leave(shadow);
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		if (shadow->sides[i])
			page_free_contiguous(shadow->sides[i], side_pages());
	if (shadow->pasids.used)
		page_free_contiguous(shadow->pasids.used, pool_pages(&shadow->pasids));
	*shadow = (struct shadow){ 0 };
}

void shadow_reset(struct shadow *shadow)
{
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		model_reset(&shadow->sides[i]->model);
}

void shadow_recall_pasids(struct shadow *shadow)
{
	model_recall_pasids(&shadow_plain_side(shadow)->model);
}

void shadow_lose(struct shadow *shadow)
{
	shadow->has_diverged = true;
}

void shadow_agree(struct shadow *shadow)
{
	shadow->has_diverged = false;
}

/* ---- what they show ---- */

struct shadow_side *shadow_plain_side(struct shadow *shadow)
{
	return shadow->sides[SHADOW_SIDES - 1];
}

bool shadow_register(struct shadow *shadow, uint32_t offset, unsigned int bytes, uint64_t *value)
{
	*value = model_read(&shadow_plain_side(shadow)->model, offset, bytes);
	return !shadow->has_diverged;
}

bool shadow_is_of_one_mind(const struct shadow *shadow)
{
	const struct shadow_side *first = shadow->sides[0];
	bool is_same = !shadow->has_diverged;

	for (unsigned int i = 1; i < SHADOW_SIDES; i++)
		is_same &= sent_is_same(&first->sent, &shadow->sides[i]->sent) &&
			   (!shadow->board ||
			    !memcmp(first->board, shadow->sides[i]->board, SHADOW_BOARD_BYTES));
	return is_same;
}

void shadow_clear_sent(struct shadow *shadow)
{
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		shadow->sides[i]->sent = (struct sent){ 0 };
}

void shadow_wipe_board(struct shadow *shadow)
{
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		memcpy(shadow->sides[i]->board, shadow->board, SHADOW_BOARD_BYTES);
}

const char *shadow_complaint(struct shadow *shadow)
{
	const char *complaint = NULL;

	for (unsigned int i = 0; i < SHADOW_SIDES; i++) {
		const char *error = model_take_error(&shadow->sides[i]->model);
		const char *one = model_take_complaint(&shadow->sides[i]->model);

		if (error || one)
			complaint = error ? error : one;
	}
	return complaint;
}
