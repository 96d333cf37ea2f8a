/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/shadow.h"

#include "arch/page.h"
#include "arch/string.h"
#include "tests/engine/platform.h"
#include "tests/units/modelled.h"

/*
 * What each side keeps from one request to the next: all; no pages; contexts only; nothing. All but the last
 * are there twice: the second ones look ahead, too.
 */
enum side {
	EAGER,
	WITHOUT_PAGES,
	CONTEXTS_ONLY,
	LOOKS_AHEAD,
	FORGETFUL = SHADOW_SIDES - 1,
};

static struct shadow *watching;

static size_t side_pages(void)
{
	return (sizeof(struct shadow_side) + PAGE_BYTES - 1) / PAGE_BYTES;
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

/*
 * Tables of the stage, and the queue. Elsewhere there may be nothing, or what changes while we look: the model itself,
 * a stack.
 */
static bool is_ours(uint64_t at, unsigned int bytes)
{
	const struct queue *queue = &watching->unit->queue;

	if (watching->stage && stage_owns_table(watching->stage, at))
		return stage_owns_table(watching->stage, at + bytes - 1);
	if (at - phys_of(&queue->status).value < sizeof(queue->status))
		return true;
	return queue->on && at - phys_of(queue->ring).value < queue_ring_bytes(queue);
}

static bool read_memory(void *context, uint64_t from, void *to, unsigned int bytes)
{
	struct shadow_side *side = context;

	if (!is_ours(from, bytes)) {
		side->has_strayed = true;
		return false;
	}
	memcpy(to, phys_pointer(phys(from)), bytes);
	lay_over(side, from, to, bytes);
	return true;
}

static bool write_memory(void *context, uint64_t to, const void *from, unsigned int bytes)
{
	struct shadow_side *side = context;
	struct shadow_write *write = &side->journal[side->write_count];

	if (!is_ours(to, bytes)) {
		side->has_strayed = true;
		return false;
	}
	if (side->write_count == SHADOW_JOURNAL || bytes > sizeof(write->value)) {
		side->has_strayed = true; /* too much to keep */
		return true;
	}
	*write = (struct shadow_write){ .at = to, .bytes = bytes };
	memcpy(&write->value, from, bytes);
	side->write_count++;
	return true;
}

static void drop_message(void *context, uint64_t address, uint32_t data)
{
	(void)context;
	(void)address;
	(void)data;
}

/* ---- registers ---- */

static void mirror(struct unit *unit, uint32_t offset, unsigned int bytes, uint64_t value)
{
	for (unsigned int i = 0; watching && watching->unit == unit && i < SHADOW_SIDES; i++) {
		struct shadow_side *side = watching->sides[i];

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
		config.defers_invalidations = false;
	}
	/* No PASID comes from here, so none is withheld. */
	config.ecap &= ~FIELD_MASK(ECAP_VCS);
	config.vcmd_layout = MODEL_VCMD_NONE;
	config.vccap = 0;
	config.pasids = NULL;
	config.allow_illegal = true;
	return config;
}

const char *shadow_open(struct shadow *shadow, struct unit *unit)
{
	const struct model_config config = config_of(unit);
	const char *error = model_config_error(&config);

	*shadow = (struct shadow){ .unit = unit };
	for (unsigned int i = 0; !error && i < SHADOW_SIDES; i++) {
		struct shadow_side *side = page_alloc_contiguous(side_pages(), 1);
		const struct model_host host = { .read = read_memory,
						 .write = write_memory,
						 .message = drop_message,
						 .context = side };

		if (!side)
			return "no memory for the model";
		shadow->sides[i] = side;
		model_init(&side->model, &config, &host);
	}
	if (error)
		return error;
	watching = shadow;
	unit->before_write = mirror;
	return NULL;
}

void shadow_close(struct shadow *shadow)
{
	if (shadow->unit)
		shadow->unit->before_write = NULL;
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		if (shadow->sides[i])
			page_free_contiguous(shadow->sides[i], side_pages());
	*shadow = (struct shadow){ 0 };
	watching = NULL;
}

void shadow_lose(struct shadow *shadow)
{
	shadow->has_diverged = true;
}

void shadow_agree(struct shadow *shadow)
{
	shadow->has_diverged = false;
}

/* ---- requests ---- */

/* The first fault recorded, if one is; all of them are cleared. */
static bool take_fault(struct model_unit *model, const struct caps *caps, struct fault *fault)
{
	uint32_t first = caps_fault_record_offset_bytes(caps);
	bool is_recorded = false;

	for (unsigned int i = 0; i < caps_fault_record_count(caps); i++) {
		const uint32_t at = first + i * FRCD_BYTES;
		const uint64_t record[2] = { model_read(model, at, 8),
					     model_read(model, at + 8, 8) };

		if (!field_get(record, FRCD_F))
			continue;
		if (!is_recorded)
			*fault = fault_decode(record);
		is_recorded = true;
		model_write(model, at + 8, 8, UINT64_C(1) << (FIELD_LOW_BIT(FRCD_F) - 64));
	}
	model_write(model, REG_FSTS, 4, (uint32_t)FIELD_MASK(FSTS_PFO));
	return is_recorded;
}

static bool is_kept(enum side which, const struct model_cached *entry)
{
	if (which == FORGETFUL)
		return false;
	switch (which % LOOKS_AHEAD) {
	case EAGER:
		return true;
	case WITHOUT_PAGES:
		return entry->kind == MODEL_CACHED_CONTEXT || entry->kind == MODEL_CACHED_PASID;
	default:
		return entry->kind == MODEL_CACHED_CONTEXT;
	}
}

static void forget(struct model_unit *model, enum side which)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < model->cache_count; i++)
		if (is_kept(which, &model->cache[i]))
			model->cache[kept++] = model->cache[i];
	model->cache_count = kept;
}

static struct prediction ask(struct shadow *shadow, enum side which,
			     const struct model_request *request)
{
	struct shadow_side *side = shadow->sides[which];
	struct prediction due = { 0 };
	struct model_answer answer;

	side->write_count = 0;
	side->has_strayed = false;
	forget(&side->model, which);
	due.lands = model_translate(&side->model, request, &answer);
	due.reason = answer.reason;
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		due.phys[i] = due.lands ? answer.phys : SHADOW_NOWHERE;
	due.is_recorded = take_fault(&side->model, &shadow->unit->caps, &due.fault);
	due.is_unknown = side->has_strayed;
	due.flag_count = side->write_count;
	memcpy(due.flags, side->journal, sizeof(due.flags));
	side->write_count = 0;
	return due;
}

static bool is_same_fault(const struct fault *a, const struct fault *b)
{
	return a->reason == b->reason && a->type == b->type && a->address_type == b->address_type &&
	       a->sid == b->sid && a->has_pasid == b->has_pasid && a->pasid == b->pasid &&
	       a->execute == b->execute && a->privileged == b->privileged &&
	       a->address == b->address;
}

static bool are_alike(const struct prediction *a, const struct prediction *b)
{
	return a->lands == b->lands && a->reason == b->reason && a->phys[0] == b->phys[0] &&
	       a->is_recorded == b->is_recorded && is_same_fault(&a->fault, &b->fault);
}

struct prediction shadow_predict(struct shadow *shadow, const struct model_request *request)
{
	struct prediction due = ask(shadow, FORGETFUL, request);

	due.are_flags_due = due.lands;
	for (unsigned int i = 0; i < FORGETFUL; i++) {
		const struct prediction other = ask(shadow, (enum side)i, request);

		shadow->has_diverged |= !are_alike(&other, &due);
		due.is_unknown |= other.is_unknown;
		due.phys[i] = other.phys[i];
		/* What one found in a cache, flags and all, the other one sets again. */
		due.are_flags_due &= other.flag_count == due.flag_count;
	}
	due.is_open = shadow->has_diverged;
	return due;
}

void shadow_look_ahead(struct shadow *shadow, const struct model_request *request)
{
	for (unsigned int i = LOOKS_AHEAD; i < FORGETFUL; i++)
		(void)ask(shadow, (enum side)i, request);
}
