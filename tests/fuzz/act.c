/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/act.h"

#include "arch/string.h"
#include "arch/time.h"
#include "iommu/structures/entry.h"
#include "iommu/structures/translation.h"
#include "iommu/unit/fault.h"
#include "tests/fuzz/compare.h"
#include "tests/fuzz/forget.h"
#include "tests/fuzz/scenery.h"
#include "tests/fuzz/stimuli.h"
#include "tests/scenes/agents/endpoint.h"

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
	for (unsigned int at = 1; at < 4; at++)
		for (unsigned int i = theatre->contexts[at] ? words_at(theatre, AT_CONTEXT) : 0;
		     i-- > 0;)
			if (theatre->contexts[at][i] != theatre->whole[AT_CONTEXT][i])
				entry_store_word(&theatre->contexts[at][i],
						 theatre->whole[AT_CONTEXT][i],
						 theatre->is_snooped[AT_CONTEXT]);
}

/* False if there are too many of them to be put back. */
bool theatre_remember(struct theatre *theatre, const struct prediction *due)
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

/* The queue stands where it should. */
static bool has_stopped(struct theatre *theatre)
{
	uint64_t status;

	/* Where caches leave several outcomes open, the queue is the same in all of them. */
	(void)shadow_register(theatre->shadow, REG_FSTS, 4, &status);
	return theatre->emphasis != ON_TABLES &&
	       status & (FIELD_MASK(FSTS_IQE) | FIELD_MASK(FSTS_ITE));
}

/* Whether the unit carries it out, or stops where it should. */
static bool invalidate(struct theatre *theatre, const struct step *step)
{
	enum status status;

	if (has_stopped(theatre) || (theatre->was_reset && !theatre->stage->unit->queue.on))
		return true;
	status = forget(theatre->stage, step);
	if (status != STATUS_OK)
		return has_stopped(theatre);
	if (step->what == FORGET_ALL)
		shadow_agree(theatre->shadow);
	return true;
}

static bool restore(struct theatre *theatre)
{
	static const struct step everything = { .kind = STEP_INVALIDATE, .what = FORGET_ALL };
	struct unit *unit = theatre->stage->unit;
	bool is_well = stimuli_restore(theatre);

	restore_entries(theatre);
	if (is_well && !unit_translation_is_on(unit))
		is_well = invalidate(theatre, &everything) &&
			  unit_set_translation(unit, true) == STATUS_OK;
	is_well = is_well && invalidate(theatre, &everything);
	fault_clear(unit);
	(void)shadow_complaint(theatre->shadow);
	return is_well;
}

bool theatre_open(struct theatre *theatre, struct stage *stage, struct shadow *shadow,
		  enum case_emphasis emphasis)
{
	static const struct dma any = { .bytes = 4 };

	*theatre = (struct theatre){ .stage = stage, .shadow = shadow, .emphasis = emphasis };
	shadow->stage = stage;
	for (unsigned int at = 0; at < ACT_PLACES; at++) {
		if (!case_has_place(stage, at))
			continue;
		theatre->words[at] = stage_words(stage, at, &theatre->is_snooped[at]);
	}
	if (!scenery_add(theatre))
		return false;
	for (unsigned int at = 0; at < ACT_PLACES; at++)
		if (theatre->words[at])
			memcpy(theatre->whole[at], theatre->words[at],
			       words_at(theatre, at) * sizeof(uint64_t));
	/* Both ways through the mailbox, whose entries then have their flags for good. */
	return dma_arm(stage) && dma_fetch(stage, &any) && stimuli_open(theatre) &&
	       restore(theatre);
}

void theatre_close(struct theatre *theatre)
{
	if (theatre->stage)
		stimuli_close(theatre);
	theatre->stage = NULL;
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

/*
 * QEMU 10.0 and 11.1 do not look at a PASID table entry where an entry above it has FPD set, and end with a failed assertion
 * ("level < VTD_SPTE_RSVD_LEN") if its AW is reserved; whoever is ended so sees no other case.
 */
static bool may_end_emulator(const struct theatre *theatre)
{
	const uint64_t *pasid = theatre->words[AT_PASID];

	if (theatre->stage->unit->source == UNIT_MODEL || !pasid)
		return false;
	return (pasid[0] ^ theatre->whole[AT_PASID][0]) & FIELD_MASK(PASID_AW) &&
	       (theatre->words[AT_CONTEXT][0] | theatre->words[AT_PASID_DIR][0]) &
		       FIELD_MASK(CONTEXT_FPD);
}

static bool request(struct theatre *theatre, const struct step *step, unsigned int number,
		    struct last_read *last, struct mismatch *mismatch)
{
	struct stage *stage = theatre->stage;
	const struct model_request wanted = request_of(stage, &step->dma);
	struct prediction due;
	bool is_done;

	if (theatre->emphasis != ON_TABLES)
		fault_clear(stage->unit); /* kept by an earlier step */
	due = shadow_predict(theatre->shadow, &wanted);

	if (may_end_emulator(theatre) || !compare_is_safe(stage, &step->dma, &due) ||
	    !theatre_remember(theatre, &due)) {
		shadow_lose(theatre->shadow);
		return true;
	}
	is_done = step->dma.is_read ? dma_read(stage, &step->dma) : dma_send(stage, &step->dma);
	compare_outcome(stage, &step->dma, number, &due, mismatch);
	/* What a real unit records of tables is looked at where they are the subject. */
	if (theatre->emphasis != ON_TABLES && stage->unit->source == UNIT_REAL && !due.lands)
		*mismatch = (struct mismatch){ 0 };
	if (step->dma.is_read)
		*last = (struct last_read){ .is_any = !due.is_open && !mismatch->is_any &&
						      (due.lands || theatre->emphasis == ON_TABLES),
					    .step = number,
					    .dma = step->dma,
					    .lands = due.lands,
					    .reason = due.reason,
					    .phys = due.phys[0] };
	return is_done;
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

	if (step->at == AT_CONTEXT && step->index)
		words = theatre->contexts[step->index];
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
		return invalidate(theatre, step);
	case STEP_DMA:
		return request(theatre, step, number, last, mismatch);
	case STEP_OFF_AND_ON:
		return unit_set_translation(unit, false) == STATUS_OK &&
		       unit_set_translation(unit, true) == STATUS_OK;
	case STEP_LATCH:
		return translation_load_root(unit, &theatre->stage->root) == STATUS_OK ||
		       has_stopped(theatre);
	default:
		return stimuli_act(theatre, step, number, mismatch);
	}
}

struct mismatch act(struct theatre *theatre, const struct fuzz_case *fuzz, uint32_t mask)
{
	struct mismatch mismatch = { 0 };
	struct last_read last = { 0 };
	bool is_well = true;

	(void)time_watchdog_set(
		ACT_LIMIT_US); /* for each attempt: a case that is cut down has many */
	for (unsigned int i = 0; is_well && !mismatch.is_any && i < fuzz->count; i++)
		if (mask >> i & 1) {
			is_well = theatre->is_lost ||
				  make_step(theatre, &fuzz->steps[i], i, &last, &mismatch);
			theatre->is_lost |= shadow_complaint(theatre->shadow) != NULL;
			if (!is_well)
				mismatch_note(&mismatch, i,
					      "the unit or its agent does not answer");
		}
	is_well &= restore(theatre);
	if (is_well && last.is_any && !mismatch.is_any) {
		compare_read(theatre->stage, &last, &mismatch);
		is_well = restore(theatre); /* requests that the shadow did not see */
	}
	mismatch.is_ill |= !is_well;
	return mismatch;
}
