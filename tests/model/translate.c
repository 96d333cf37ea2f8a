/* SPDX-License-Identifier: MIT */
/*
 * "DMA Remapping": what becomes of a request. Interrupt range, root table address register, then
 * legacy.c or scalable.c; and what all of them share: faults, cached translations, access rights.
 */
#include "tests/model/internal.h"

bool mu_is_ats(const struct mu_walk *walk)
{
	return walk->request->type == MODEL_TRANSLATION;
}

static bool is_zero_length(const struct model_request *request)
{
	return request->kind == MODEL_READ && request->bytes == 0;
}

/* Needs write permission. Translation requests never do: they are told what they have. */
static bool is_write(const struct mu_walk *walk)
{
	return !mu_is_ats(walk) && walk->request->kind != MODEL_READ;
}

bool mu_makes_dirty(const struct model_unit *unit, const struct mu_walk *walk)
{
	if (!mu_is_ats(walk))
		return is_write(walk);
	return walk->answer->write ||
	       (walk->request->no_write && defect(unit, ATS_READ_SETS_DIRTY));
}

static bool is_read(const struct mu_walk *walk)
{
	return !mu_is_ats(walk) && walk->request->kind != MODEL_WRITE;
}

bool mu_fetch(struct model_unit *unit, uint64_t address, void *to, unsigned int bytes)
{
	unit->counts.table_reads++;
	return unit->host.read(unit->host.context, address, to, bytes);
}

bool mu_is_supported_width(const struct model_unit *unit, uint64_t aw)
{
	return aw >= AW_39_BIT && aw <= AW_57_BIT && cap(unit, CAP_SAGAW) >> aw & 1;
}

unsigned int mu_levels_of_width(uint64_t aw)
{
	return (unsigned int)aw + 2;
}

static void accept(struct mu_walk *walk, uint64_t phys)
{
	walk->answer->ok = true;
	walk->answer->completion = MODEL_SUCCESS;
	walk->answer->phys = phys;
}

/* ---- faults ---- */

void mu_report_fault(struct model_unit *unit, const struct mu_walk *walk, uint8_t reason)
{
	const struct model_request *request = walk->request;
	bool is_page = request->type == MODEL_PAGE_REQUEST;
	bool is_request_read = mu_is_ats(walk) || request->kind == MODEL_READ;
	struct mu_fault fault = {
		.reason = reason,
		.sid = request->sid,
		.t1 = !is_page && (is_request_read || request->kind == MODEL_ATOMIC),
		.t2 = is_page || (!mu_is_ats(walk) && request->kind == MODEL_ATOMIC),
		.address_type = is_page ? 0 : (uint8_t)request->type,
		.has_pasid = request->has_pasid,
		.privileged = request->privileged,
		.execute = request->execute,
		.pasid = request->pasid,
		.info = request->address,
	};

	if (mu_fault_rule(reason)->is_qualified && walk->fpd)
		return;
	walk->answer->reported = true;
	mu_fault_record(unit, &fault);
}

/* "Fault Conditions and Remapping Hardware Behavior for Various Requests": the completion. */
static void refuse_request(struct model_unit *unit, struct mu_walk *walk, uint8_t reason)
{
	struct model_answer *answer = walk->answer;
	enum mu_ats_outcome outcome = mu_fault_rule(reason)->ats;

	answer->ok = false;
	answer->reason = reason;
	answer->read = answer->write = false;
	answer->completion = MODEL_UNSUPPORTED;
	if (mu_is_ats(walk) && (outcome == MU_ATS_NOTHING || outcome == MU_ATS_REPORTED)) {
		/* Recoverable: the device finds out by itself, software is hardly ever told. */
		answer->ok = true;
		answer->completion = MODEL_SUCCESS;
		if (outcome == MU_ATS_NOTHING && !defect(unit, ATS_DENIAL_RECORDED))
			return;
		if (outcome == MU_ATS_REPORTED && defect(unit, ATS_UPDATE_UNRECORDED))
			return;
	}
	if (mu_is_ats(walk) && outcome == MU_ATS_CA && !defect(unit, ATS_ABORT_AS_UNSUPPORTED))
		answer->completion = MODEL_ABORTED;
	mu_report_fault(unit, walk, reason);
}

/* ---- cached translations ---- */

static void set_page_key(struct model_cached *entry, const struct mu_walk *walk)
{
	entry->kind = MODEL_CACHED_PAGE;
	entry->page.sid = walk->request->sid;
	entry->page.with_pasid = walk->request->has_pasid;
	entry->page.pasid = walk->pasid;
	entry->page.address = page_of(walk->request->address);
}

/* "First-Stage Translation: Access Rights"; WPE is about supervisor requests alone. */
static bool first_stage_allows_write(const struct model_unit *unit, const struct mu_walk *walk,
				     const struct model_cached_page *page)
{
	if (page->writable || defect(unit, FS_WRITE_ALLOWED))
		return true;
	if (defect(unit, FS_WPE_INVERTED))
		return walk->privileged && page->write_protect;
	return walk->privileged && !page->write_protect;
}

uint8_t mu_first_stage_rights(const struct model_unit *unit, const struct mu_walk *walk,
			      const struct model_cached_page *page)
{
	if (!walk->privileged && !page->user && !defect(unit, FS_SUPERVISOR_PAGE_ALLOWED))
		return MU_SGN_2; /* user request, and an entry with U/S = 0 */
	if (is_write(walk) && !first_stage_allows_write(unit, walk, page))
		return MU_SGN_6;
	return 0;
}

/* NW of a translation request counts only where NWFS = 1. */
static bool is_read_only(const struct model_unit *unit, const struct model_request *request)
{
	return request->no_write && ecap(unit, ECAP_NWFS) && !defect(unit, ATS_NO_WRITE_IGNORED);
}

/* A write through a translation whose D is not known to be set has to visit the tables again. */
static bool must_walk_again(const struct model_unit *unit, const struct mu_walk *walk,
			    const struct model_cached_page *page)
{
	bool wants_dirty = mu_is_ats(walk) ? !is_read_only(unit, walk->request) : is_write(walk);

	return page->tracks_dirty && !page->dirty && wants_dirty && page->write &&
	       first_stage_allows_write(unit, walk, page);
}

bool mu_iotlb_hit(struct model_unit *unit, struct mu_walk *walk, uint8_t *reason)
{
	struct model_cached key = { 0 };
	const struct model_cached *entry;

	set_page_key(&key, walk);
	entry = mu_cache_find(unit, &key);
	if (entry == NULL || must_walk_again(unit, walk, &entry->page))
		return false;
	walk->fpd = walk->fpd || entry->fpd;
	walk->answer->from_iotlb = true;
	*reason = mu_scalable_rights(unit, walk, entry->page.supervisor);
	if (*reason == 0)
		*reason = mu_finish_access(unit, walk, entry);
	return true;
}

void mu_iotlb_fill(struct model_unit *unit, const struct mu_walk *walk, struct model_cached *entry)
{
	struct model_cached *old;

	set_page_key(entry, walk);
	entry->fpd = walk->fpd;
	old = mu_cache_find(unit, entry);
	if (old != NULL)
		*old = *entry;
	else
		mu_cache_add(unit, entry);
}

/* ---- access rights and the answer ---- */

static bool has_zero_length_reads(const struct model_unit *unit)
{
	return (cap(unit, CAP_ZLR) && !defect(unit, ZLR_IGNORED)) || defect(unit, ZLR_ALWAYS);
}

static bool overlaps_interrupt_range(uint64_t base, unsigned int shift)
{
	uint64_t last = base + (UINT64_C(1) << shift) - 1;
	uint64_t first_interrupt = reg_put(INTERRUPT_ADDR_ID, INTERRUPT_ID);
	uint64_t last_interrupt = first_interrupt | (FIELD_MASK(INTERRUPT_ADDR_ID) ^ UINT32_MAX);

	return base <= last_interrupt && last >= first_interrupt;
}

/* A translation completion with data. */
static uint8_t complete_translation(struct model_unit *unit, struct mu_walk *walk,
				    const struct model_cached_page *page)
{
	struct model_answer *answer = walk->answer;
	uint8_t shift = defect(unit, ATS_SIZE_LOST) ? MU_PAGE_SHIFT : page->page_shift;
	uint64_t base = page->phys >> shift << shift;

	/* Pass-through is left to the special conditions S.1 and S.2. */
	if (page->pgtt != PGTT_PASS_THROUGH && overlaps_interrupt_range(base, shift) &&
	    !defect(unit, SS_INTERRUPT_RANGE_ALLOWED))
		return walk->scalable ? MU_SGN_8_2 : MU_LGN_4;
	accept(walk, base);
	answer->read = page->read;
	answer->write = page->write && first_stage_allows_write(unit, walk, page) &&
			!is_read_only(unit, walk->request);
	answer->execute = page->read && defect(unit, ATS_EXECUTE_GRANTED);
	answer->global = defect(unit, ATS_GLOBAL_CLAIMED);
	answer->snooped = page->snooped && !defect(unit, ATS_SNOOP_LOST);
	answer->page_shift = shift;
	return 0;
}

uint8_t mu_finish_access(struct model_unit *unit, struct mu_walk *walk,
			 const struct model_cached *entry)
{
	const struct model_cached_page *page = &entry->page;
	bool scalable = walk->scalable;
	bool read = page->read || defect(unit, SS_READ_ALLOWED);
	bool write = page->write || defect(unit, SS_WRITE_ALLOWED) ||
		     (walk->answer->from_iotlb && defect(unit, CACHED_WRITE_ALLOWED));
	uint64_t phys = page->phys | page_offset(walk->request->address);
	uint8_t reason = 0;

	if (page->pgtt == PGTT_FIRST_STAGE || page->pgtt == PGTT_NESTED)
		reason = mu_first_stage_rights(unit, walk, page);
	if (entry->fault != 0 &&
	    !(walk->answer->from_iotlb && defect(unit, CACHED_FAULT_FORGOTTEN)))
		return entry->fault;
	if (reason != 0)
		return reason;
	/* In scalable mode "nothing is permitted" is a condition of its own. */
	if (scalable && !page->read && !page->write && !defect(unit, SS_NOT_PRESENT_AS_PERMISSION))
		return MU_SSS_2;
	if (mu_is_ats(walk))
		return complete_translation(unit, walk, page);
	if (is_write(walk) && !write)
		return scalable ? MU_SGN_6 : MU_LGN_2;
	/* ZLR: a zero-length read may go to a write-only page. */
	if (has_zero_length_reads(unit) && is_zero_length(walk->request) && write)
		read = true;
	if (is_write(walk) && defect(unit, SS_ATOMIC_AS_WRITE))
		read = true;
	if (is_read(walk) && !read)
		return scalable ? MU_SGN_7 : MU_LGN_3;
	if (defect(unit, SS_INTERRUPT_RANGE_LARGE) &&
	    overlaps_interrupt_range(phys >> page->page_shift << page->page_shift,
				     page->page_shift))
		return scalable ? MU_SGN_8_1 : MU_LGN_4;
	if (in_interrupt_range(phys) && !defect(unit, SS_INTERRUPT_RANGE_ALLOWED))
		return scalable ? MU_SGN_8_1 : MU_LGN_4;
	accept(walk, phys);
	return 0;
}

static bool is_above_host_width(const struct model_unit *unit, uint64_t address)
{
	return address & beyond_host_width(unit);
}

/* "Handling of Translated Requests": the address is already the host's. */
uint8_t mu_translated_request(struct model_unit *unit, struct mu_walk *walk)
{
	uint64_t address = walk->request->address;

	if (is_above_host_width(unit, address) && !defect(unit, TRANSLATED_WIDTH_UNCHECKED))
		return walk->scalable ? MU_SGN_4_1 : MU_LGN_1_2;
	if (in_interrupt_range(address) && !defect(unit, TRANSLATED_INTERRUPTS_ALLOWED))
		return walk->scalable ? MU_SGN_8_3 : MU_LGN_4;
	accept(walk, address);
	return 0;
}

/*
 * The book leaves the size of a pass-through answer to a translation request open. The largest one
 * shows a device that takes it for one page.
 */
static uint8_t largest_page_shift(const struct model_unit *unit)
{
	uint64_t large = cap(unit, CAP_SSLPS);

	if (large & 1u << SSLPS_1G)
		return (uint8_t)mu_level_shift(3);
	return (uint8_t)mu_level_shift(large & 1u << SSLPS_2M ? 2 : 1);
}

/* "Pass-through Translation": no rights to check, but the host address width. */
uint8_t mu_pass_through(struct model_unit *unit, struct mu_walk *walk, struct model_cached *entry)
{
	uint64_t address = walk->request->address;
	uint8_t reason;

	if (is_above_host_width(unit, address) && !defect(unit, PASS_THROUGH_WIDTH_UNCHECKED))
		return walk->scalable ? MU_SGN_4_2 : MU_LGN_1_3;
	entry->page.pgtt = PGTT_PASS_THROUGH;
	entry->page.read = entry->page.write = true;
	entry->page.user = entry->page.writable = true;
	entry->page.phys = page_of(address);
	entry->page.page_shift = largest_page_shift(unit);
	reason = mu_finish_access(unit, walk, entry);
	if (reason == 0)
		mu_iotlb_fill(unit, walk, entry);
	return reason;
}

bool mu_is_interrupt_translation(const struct model_unit *unit, const struct mu_walk *walk)
{
	return mu_is_ats(walk) && !walk->request->has_pasid &&
	       in_interrupt_range(walk->request->address) &&
	       !defect(unit, ATS_INTERRUPT_RANGE_WALKED);
}

/* No fault, and no page: such addresses are for untranslated requests alone. */
uint8_t mu_interrupt_range_translation(struct model_unit *unit, struct mu_walk *walk)
{
	accept(walk, 0);
	walk->answer->write = !is_read_only(unit, walk->request);
	walk->answer->untranslated_only = walk->answer->write;
	return 0;
}

/* ---- "Root Table Address Register" ---- */

static uint8_t table_mode(const struct model_unit *unit)
{
	if (unit->ttm == TTM_RESERVED && defect(unit, TTM_RESERVED_AS_LEGACY))
		return TTM_LEGACY;
	return unit->ttm;
}

static uint8_t legacy_mode_fault(const struct model_unit *unit, const struct model_request *request)
{
	if (request->type == MODEL_PAGE_REQUEST)
		return MU_RTA_3;
	if (request->has_pasid && !defect(unit, LEGACY_TAKES_PASID))
		return MU_RTA_2;
	if (unit->io_bits)
		return MU_RTA_1_4;
	return 0;
}

uint8_t mu_root_register_fault(const struct model_unit *unit, const struct model_request *request)
{
	switch (table_mode(unit)) {
	case TTM_ABORT:
		if (!ecap(unit, ECAP_ADMS))
			return MU_RTA_1_1;
		return defect(unit, ABORT_MODE_TRANSLATES) ? 0 : MU_RTA_4;
	case TTM_RESERVED:
		return MU_RTA_1_2;
	case TTM_SCALABLE:
		if (!ecap(unit, ECAP_SMTS))
			return MU_RTA_1_3;
		break;
	default:
		return legacy_mode_fault(unit, request);
	}
	if (request->has_pasid && request->execute && request->type != MODEL_PAGE_REQUEST &&
	    major_version(unit) >= 8)
		return MU_RTA_5;
	return 0;
}

static uint8_t translate(struct model_unit *unit, struct mu_walk *walk)
{
	uint8_t reason = mu_root_register_fault(unit, walk->request);

	if (reason != 0)
		return reason;
	switch (table_mode(unit)) {
	case TTM_LEGACY:
		return mu_legacy_translate(unit, walk);
	case TTM_SCALABLE:
		return mu_scalable_translate(unit, walk);
	default: /* abort-DMA mode that does not abort */
		accept(walk, walk->request->address);
		return 0;
	}
}

/* ---- "Handling Requests to Interrupt Address Range" ---- */

static bool is_interrupt_request(const struct model_request *request)
{
	return request->kind == MODEL_WRITE && request->bytes == 4 && request->address % 4 == 0;
}

/* True if the request ends here. */
static bool is_for_interrupt_range(struct model_unit *unit, struct mu_walk *walk)
{
	const struct model_request *request = walk->request;
	bool is_active = unit->gsts & (FIELD_MASK(GSTS_TES) | FIELD_MASK(GSTS_IRES));

	if (request->type != MODEL_UNTRANSLATED || request->has_pasid ||
	    !in_interrupt_range(request->address))
		return false;
	if (is_interrupt_request(request)) {
		if (defect(unit, INTERRUPT_WRITE_TRANSLATED))
			return false;
		walk->answer->completion = MODEL_INTERRUPT;
		walk->answer->ok = true;
		mu_interrupt_request(unit, request);
		return true;
	}
	if (is_zero_length(request)) {
		walk->answer->completion = MODEL_DISCARDED;
		walk->answer->ok = true;
		return true;
	}
	if (defect(unit, INTERRUPT_READ_ALLOWED))
		return false;
	if (is_active)
		refuse_request(unit, walk, MU_IR_NO_INTERRUPT);
	else
		walk->answer->completion = MODEL_UNSUPPORTED;
	return true;
}

/* ---- one request ---- */

static void remap(struct model_unit *unit, struct mu_walk *walk)
{
	const struct model_request *request = walk->request;
	uint8_t reason;

	/* Without remapping, requests pass; what needs a unit is unsupported. */
	if (!(unit->gsts & FIELD_MASK(GSTS_TES)) || unit->has_lapsed) {
		if (request->type == MODEL_UNTRANSLATED ||
		    (request->type == MODEL_TRANSLATED && defect(unit, ATS_SERVED_WHILE_OFF)))
			accept(walk, request->address);
		return;
	}
	/* The root complex blocks these before the unit sees them. */
	if (request->type == MODEL_TRANSLATED && request->has_pasid && !ecap(unit, ECAP_PTRS))
		return;
	reason = translate(unit, walk);
	if (reason != 0)
		refuse_request(unit, walk, reason);
}

bool model_translate(struct model_unit *unit, const struct model_request *request,
		     struct model_answer *answer)
{
	struct mu_walk walk = {
		.request = request,
		.answer = answer,
		.privileged = request->has_pasid && request->privileged,
		.pasid = request->has_pasid ? request->pasid : 0,
	};

	memset(answer, 0, sizeof(*answer));
	answer->completion = MODEL_UNSUPPORTED;
	answer->page_shift = MU_PAGE_SHIFT;
	/* PRIV repeats what was asked for, whatever is granted; EXE and G are always 0. */
	answer->privileged =
		mu_is_ats(&walk) && walk.privileged && !defect(unit, ATS_PRIVILEGE_LOST);
	if (unit->config.misbehaviour.presence != MODEL_PRESENT) {
		/* No unit, no remapping. */
		if (request->type == MODEL_UNTRANSLATED)
			accept(&walk, request->address);
		return answer->ok;
	}
	if (request->type == MODEL_PAGE_REQUEST) {
		mu_page_request(unit, request, answer);
		return answer->ok;
	}
	if (!is_for_interrupt_range(unit, &walk))
		remap(unit, &walk);
	/* Blocked, and by design not reported as a fault. */
	if (answer->ok && answer->completion == MODEL_SUCCESS && !mu_is_ats(&walk) &&
	    mu_is_protected(unit, answer->phys)) {
		answer->ok = false;
		answer->completion = MODEL_UNSUPPORTED;
	}
	return answer->ok;
}
