/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/act.h"

#include "arch/cpu.h"
#include "arch/print.h"
#include "arch/string.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/invalidate.h"

/* ---- tables ---- */

static unsigned int words_at(const struct theatre *theatre, enum place at)
{
	return entry_bits(case_entry_kind(theatre->stage, at)) / 64;
}

/* The upper halves of entries are changed first, so that P comes last. */
static void restore_entries(struct theatre *theatre)
{
	while (theatre->touched_count) {
		theatre->touched_count--;
		entry_store_word(theatre->touched[theatre->touched_count].word,
				 theatre->touched[theatre->touched_count].value,
				 theatre->stage->table.snooped);
	}
	for (unsigned int at = 0; at < ACT_PLACES; at++)
		for (unsigned int i = theatre->words[at] ? words_at(theatre, at) : 0; i-- > 0;)
			if (theatre->words[at][i] != theatre->whole[at][i])
				entry_store_word(&theatre->words[at][i], theatre->whole[at][i],
						 theatre->is_snooped[at]);
}

/* False if there are too many of them to be put back. */
static bool remember_flags(struct theatre *theatre, const struct prediction *due)
{
	for (unsigned int i = 0; i < due->flag_count; i++) {
		uint64_t *word = phys_pointer(phys(due->flags[i].at & ~UINT64_C(7)));

		if (theatre->touched_count == TOUCHED_MAX)
			return false;
		theatre->touched[theatre->touched_count].word = word;
		theatre->touched[theatre->touched_count++].value = *word;
	}
	return true;
}

static enum status forget_all(struct theatre *theatre)
{
	enum status status = invalidate_all(theatre->stage->unit);

	shadow_agree(theatre->shadow);
	return status;
}

static enum status restore(struct theatre *theatre)
{
	struct unit *unit = theatre->stage->unit;
	enum status status = STATUS_OK;

	restore_entries(theatre);
	if (!unit_translation_is_on(unit))
		status = unit_set_translation(unit, true);
	if (status == STATUS_OK)
		status = forget_all(theatre);
	fault_clear(unit);
	return status;
}

bool theatre_open(struct theatre *theatre, struct stage *stage, struct shadow *shadow)
{
	static const struct dma any = { .bytes = 4 };

	*theatre = (struct theatre){ .stage = stage, .shadow = shadow };
	shadow->stage = stage;
	for (unsigned int at = 0; at < ACT_PLACES; at++) {
		if (!case_has_place(stage, at))
			continue;
		theatre->words[at] = stage_words(stage, at, &theatre->is_snooped[at]);
		if (theatre->words[at])
			memcpy(theatre->whole[at], theatre->words[at],
			       words_at(theatre, at) * sizeof(uint64_t));
	}
	/* Both ways through the mailbox, whose entries then have their flags for good. */
	return dma_arm(stage) && dma_fetch(stage, &any) && restore(theatre) == STATUS_OK;
}

/* ---- invalidations ---- */

static enum status forget_iotlb(struct theatre *theatre, const struct step *step,
				enum invalidate_granularity granularity)
{
	struct stage *stage = theatre->stage;
	const struct caps *caps = &stage->unit->caps;
	const unsigned int most = caps_max_address_mask(caps);
	const unsigned int mask = step->address_mask < most ? step->address_mask : most;
	const uint64_t block = (UINT64_C(1) << (12 + mask)) - 1;
	const struct iotlb_invalidation what = {
		.granularity = granularity,
		.did = (uint16_t)(stage->did - step->is_neighbour),
		.address = iova(granularity == GRANULARITY_SPECIFIC ? stage->window.value & ~block
								    : 0),
		.address_mask = (uint8_t)(granularity == GRANULARITY_SPECIFIC ? mask : 0),
		.leaf_only = granularity == GRANULARITY_SPECIFIC && step->leaf_only,
	};

	if (granularity == GRANULARITY_SPECIFIC && !caps_has(caps, CAPABILITY_PSI))
		return STATUS_OK;
	return invalidate_iotlb(stage->unit, what);
}

static enum status forget_context(struct theatre *theatre, const struct step *step,
				  enum invalidate_granularity granularity)
{
	const struct stage *stage = theatre->stage;
	const struct context_invalidation what = {
		.granularity = granularity,
		.did = (uint16_t)(granularity == GRANULARITY_GLOBAL
					  ? 0
					  : stage->did - step->is_neighbour),
		.sid = (uint16_t)(granularity == GRANULARITY_SPECIFIC
					  ? stage->agent->sid ^ step->is_neighbour
					  : 0),
	};

	return invalidate_context_cache(stage->unit, what);
}

static enum status forget_pasid(struct theatre *theatre, const struct step *step,
				unsigned int granularity, bool is_iotlb)
{
	const struct stage *stage = theatre->stage;
	const bool is_page = is_iotlb && granularity == PIOTLB_PAGES;
	const unsigned int mask = is_page ? step->address_mask : 0;
	const uint64_t block = (UINT64_C(1) << (12 + mask)) - 1;
	const uint32_t pasid = stage->scene.pasid ? stage->scene.pasid : stage->scene.rid_pasid;
	const struct pasid_invalidation what = {
		.granularity = (uint8_t)granularity,
		.did = (uint16_t)(!is_iotlb && granularity == PC_GLOBAL
					  ? 0
					  : stage->did - step->is_neighbour),
		.pasid = is_iotlb || granularity == PC_PASID ? pasid : 0,
		.address = iova(is_page ? stage->window.value & ~block : 0),
		.address_mask = (uint8_t)mask,
		.leaf_only = is_page && step->leaf_only,
	};

	if (stage->scene.mode != SCENE_SCALABLE)
		return STATUS_OK;
	return is_iotlb ? invalidate_pasid_iotlb(stage->unit, what)
			: invalidate_pasid_cache(stage->unit, what);
}

static enum status forget(struct theatre *theatre, const struct step *step)
{
	switch (step->what) {
	case FORGET_ALL:
		return forget_all(theatre);
	case FORGET_CONTEXTS:
		return forget_context(theatre, step, GRANULARITY_GLOBAL);
	case FORGET_CONTEXTS_OF_DOMAIN:
		return forget_context(theatre, step, GRANULARITY_DOMAIN);
	case FORGET_CONTEXT:
		return forget_context(theatre, step, GRANULARITY_SPECIFIC);
	case FORGET_PASIDS:
		return forget_pasid(theatre, step, PC_GLOBAL, false);
	case FORGET_PASIDS_OF_DOMAIN:
		return forget_pasid(theatre, step, PC_DOMAIN, false);
	case FORGET_PASID:
		return forget_pasid(theatre, step, PC_PASID, false);
	case FORGET_PAGES:
		return forget_iotlb(theatre, step, GRANULARITY_GLOBAL);
	case FORGET_PAGES_OF_DOMAIN:
		return forget_iotlb(theatre, step, GRANULARITY_DOMAIN);
	case FORGET_PAGE:
		return forget_iotlb(theatre, step, GRANULARITY_SPECIFIC);
	case FORGET_PAGES_OF_PASID:
		return forget_pasid(theatre, step, PIOTLB_PASID, true);
	case FORGET_PAGE_OF_PASID:
		return forget_pasid(theatre, step, PIOTLB_PAGES, true);
	case INVALIDATIONS:
		break;
	}
	return STATUS_OK;
}

/* ---- requests ---- */

static struct model_request request_of(const struct stage *stage, const struct dma *dma)
{
	const struct dma_address to = dma_bus_address(stage, dma);

	return (struct model_request){
		.type = MODEL_UNTRANSLATED,
		.kind = dma->is_read ? MODEL_READ : MODEL_WRITE,
		.sid = stage->agent->sid,
		.has_pasid = to.has_pasid,
		.pasid = to.pasid,
		.privileged = to.privileged,
		.address = to.iova.value,
		.bytes = dma->bytes,
	};
}

/* The canary page at this address; CANARY_COUNT: it is none of ours. */
static enum canary canary_at(const struct stage *stage, uint64_t phys, unsigned int bytes)
{
	for (unsigned int i = 0; i < CANARY_COUNT; i++)
		if (stage->canary[i] &&
		    phys - phys_of(stage->canary[i]).value <= PAGE_BYTES - bytes)
			return (enum canary)i;
	return CANARY_COUNT;
}

/* Whatever comes of it, nothing of ours is hit: it is due to be blocked or to land on a canary. */
static bool is_safe(const struct stage *stage, const struct dma *dma, const struct prediction *due)
{
	if (due->is_unknown)
		return false;
	for (unsigned int i = 0; i < SHADOW_SIDES; i++)
		if (due->phys[i] != SHADOW_NOWHERE &&
		    canary_at(stage, due->phys[i], dma->bytes) == CANARY_COUNT)
			return false;
	for (unsigned int i = 0; i < due->flag_count; i++)
		if (canary_at(stage, due->flags[i].at, due->flags[i].bytes) != CANARY_COUNT)
			return false; /* a canary is taken for a table */
	return !(dma_address(stage, dma).value & ~stage->agent->address_mask);
}

/* What of the record is wrong; NULL: nothing. FI ends at the largest AGAW; without one, that is open. */
static const char *wrong_field(const struct stage *stage, const struct fault *seen,
			       const struct fault *due)
{
	const unsigned int levels = caps_best_levels(&stage->unit->caps);
	const uint64_t recorded_bits = levels ? (UINT64_C(1) << (12 + 9 * levels)) - 1 : 0;

	if (seen->sid != due->sid)
		return "wrong source-id";
	if (seen->type != due->type)
		return "wrong type";
	if (seen->has_pasid != due->has_pasid)
		return due->has_pasid ? "PP 0 for 1" : "PP 1 for 0";
	if (seen->has_pasid && (seen->pasid != due->pasid || seen->privileged != due->privileged))
		return "wrong PASID or privilege";
	if (seen->address_type != due->address_type)
		return "wrong AT";
	if ((seen->address ^ due->address) & recorded_bits)
		return "wrong address";
	return NULL;
}

static void differ(struct mismatch *mismatch, unsigned int step, const char *text)
{
	if (mismatch->is_any)
		return;
	mismatch->is_any = true;
	mismatch->step = step;
	mismatch->takes_steps = true;
	print_to(mismatch->text, sizeof(mismatch->text), "%s", text);
}

/* What became of a write. */
static bool lands_as_due(struct stage *stage, const struct dma *dma, const struct prediction *due)
{
	enum canary canary = canary_at(stage, due->phys[0], dma->bytes);

	return dma_shows(stage, canary, (unsigned int)(due->phys[0] % PAGE_BYTES), dma->bytes);
}

/* Of a word that was written twice the last one counts. */
static bool is_written_later(const struct prediction *due, unsigned int number)
{
	for (unsigned int i = number + 1; i < due->flag_count; i++)
		if (due->flags[i].at == due->flags[number].at)
			return true;
	return false;
}

/* Whether a request that is blocked leaves flags behind is the unit's choice. */
static bool are_flags_set(const struct prediction *due)
{
	for (unsigned int i = 0; due->are_flags_due && i < due->flag_count; i++)
		if (!is_written_later(due, i) && memcmp(phys_pointer(phys(due->flags[i].at)),
							&due->flags[i].value, due->flags[i].bytes))
			return false;
	return true;
}

/* Where it goes, and whether a fault is due: NULL if all is well, else words. */
static const char *wrong_outcome(char text[40], bool lands, const struct fault_log *log,
				 const struct prediction *due)
{
	const struct fault *seen = &log->faults[0];

	if (lands != due->lands)
		print_to(text, 40, lands ? "lands for %02X" : "%02X for lands",
			 lands ? due->reason : (log->count ? seen->reason : 0));
	else if (log->count > 1)
		print_to(text, 40, "more than one fault");
	else if (log->count && !due->is_recorded)
		print_to(text, 40, "recorded");
	else if (!log->count && due->is_recorded)
		print_to(text, 40, "%02X is not recorded", due->reason);
	else if (log->count && seen->reason != due->reason)
		print_to(text, 40, "%02X for %02X", seen->reason, due->reason);
	else
		return NULL;
	return text;
}

/* What a read without a fault brought is seen later. */
static void compare(struct stage *stage, const struct step *step, unsigned int number,
		    const struct prediction *due, struct mismatch *mismatch)
{
	const struct dma *dma = &step->dma;
	bool is_still = dma_shows(stage, CANARY_TARGET_0, 0, 0);
	struct fault_log log;
	const char *wrong;
	char text[40];
	bool lands;

	fault_collect(stage->unit, &log);
	if (due->is_open)
		return;
	lands = !is_still;
	if (dma->is_read)
		lands = due->lands && !log.count;
	wrong = wrong_outcome(text, lands, &log, due);
	if (!wrong && log.count)
		wrong = wrong_field(stage, &log.faults[0], &due->fault);
	if (!wrong && due->lands && !dma->is_read && !lands_as_due(stage, dma, due))
		wrong = "astray";
	if (!wrong && !are_flags_set(due))
		wrong = "flags not set";
	if (wrong)
		differ(mismatch, number, wrong);
	mismatch->reason = due->reason;
	mismatch->is_blocked_as_due = wrong && !lands && !due->lands && due->is_recorded;
	if (wrong && log.count && due->is_recorded)
		mismatch->takes_steps = false;
}

/* The last read of a case, which is looked at when the tables are whole again. */
struct last_read {
	bool is_any;
	unsigned int step;
	struct dma dma;
	bool lands;
	uint8_t reason;
	uint64_t phys;
};

static bool request(struct theatre *theatre, const struct step *step, unsigned int number,
		    struct last_read *last, struct mismatch *mismatch)
{
	struct stage *stage = theatre->stage;
	const struct model_request wanted = request_of(stage, &step->dma);
	const struct prediction due = shadow_predict(theatre->shadow, &wanted);
	bool is_done;

	if (!is_safe(stage, &step->dma, &due) || !remember_flags(theatre, &due)) {
		theatre->shadow->has_diverged =
			true; /* what the unit would have cached is not known */
		return true;
	}
	is_done = step->dma.is_read ? dma_read(stage, &step->dma) : dma_send(stage, &step->dma);
	compare(stage, step, number, &due, mismatch);
	if (step->dma.is_read)
		*last = (struct last_read){ .is_any = !due.is_open,
					    .step = number,
					    .dma = step->dma,
					    .lands = due.lands,
					    .reason = due.reason,
					    .phys = due.phys[0] };
	return is_done;
}

static void look_at_read(struct theatre *theatre, const struct last_read *last,
			 struct mismatch *mismatch)
{
	struct stage *stage = theatre->stage;
	unsigned int offset = (unsigned int)(last->phys % PAGE_BYTES);
	char text[40];
	bool is_right;

	if (last->dma.bytes < 4)
		return;
	if (!dma_fetch(stage, &last->dma)) {
		differ(mismatch, last->step, "the agent does not finish");
		mismatch->is_ill = true;
		return;
	}
	is_right = !last->lands;
	for (unsigned int i = 0; i < CANARY_COUNT; i++) {
		if (last->lands && (enum canary)i == canary_at(stage, last->phys, last->dma.bytes))
			is_right = dma_brought(stage, (enum canary)i, offset, last->dma.bytes);
		else if (!last->lands && stage->canary[i] &&
			 dma_brought(stage, (enum canary)i, last->dma.offset % PAGE_BYTES,
				     last->dma.bytes))
			is_right = false;
	}
	print_to(text, sizeof(text),
		 last->lands ? "a read brings something else" : "lands for %02X", last->reason);
	if (!is_right)
		differ(mismatch, last->step, text);
	if (!dma_arm(stage))
		mismatch->is_ill = true;
}

/* ---- a case ---- */

/* Caches may hold an entry that nobody has used yet. */
static void look_ahead(struct theatre *theatre)
{
	const struct dma reads[] = { { .is_read = true, .bytes = 4 },
				     { .is_read = true, .bytes = 4, .offset = PAGE_BYTES },
				     { .is_read = true, .bytes = 4, .without_pasid = true } };

	for (unsigned int i = 0; i < sizeof(reads) / sizeof(reads[0]); i++) {
		const struct model_request request = request_of(theatre->stage, &reads[i]);

		shadow_look_ahead(theatre->shadow, &request);
	}
}

static void poke(struct theatre *theatre, const struct step *step)
{
	uint64_t *words = theatre->words[step->at];

	if (!words)
		return;
	look_ahead(theatre);
	entry_store_word(&words[step->word], words[step->word] ^ step->turn_over,
			 theatre->is_snooped[step->at]);
}

static bool make_step(struct theatre *theatre, const struct step *step, unsigned int number,
		      struct last_read *last, struct mismatch *mismatch)
{
	struct unit *unit = theatre->stage->unit;

	switch (step->kind) {
	case STEP_POKE:
		poke(theatre, step);
		return true;
	case STEP_INVALIDATE:
		return forget(theatre, step) == STATUS_OK;
	case STEP_DMA:
		return request(theatre, step, number, last, mismatch);
	case STEP_OFF_AND_ON:
		return unit_set_translation(unit, false) == STATUS_OK &&
		       unit_set_translation(unit, true) == STATUS_OK;
	case STEP_LATCH:
		return translation_load_root(unit, &theatre->stage->root) == STATUS_OK;
	}
	return true;
}

struct mismatch act(struct theatre *theatre, const struct fuzz_case *fuzz, uint32_t mask)
{
	struct mismatch mismatch = { 0 };
	struct last_read last = { 0 };
	bool is_well = true;

	for (unsigned int i = 0; is_well && !mismatch.is_any && i < fuzz->count; i++)
		if (mask >> i & 1) {
			is_well = make_step(theatre, &fuzz->steps[i], i, &last, &mismatch);
			if (!is_well)
				differ(&mismatch, i, "the unit or its agent does not answer");
		}
	is_well &= restore(theatre) == STATUS_OK;
	if (is_well && last.is_any && !mismatch.is_any) {
		look_at_read(theatre, &last, &mismatch);
		is_well = restore(theatre) == STATUS_OK; /* requests that the shadow did not see */
	}
	mismatch.is_ill |= !is_well;
	return mismatch;
}
