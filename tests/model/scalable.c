/* SPDX-License-Identifier: MIT */
/*
 * "Scalable Mode Address Translation": root entry, context entry, PASID directory, PASID table.
 */
#include "tests/model/internal.h"

static bool is_page(const struct mu_walk *walk)
{
	return walk->request->type == MODEL_PAGE_REQUEST;
}

/* ---- scalable-mode root and context entry ---- */

/* The half of the root entry that this device uses: lower for devices 0-15, upper for 16-31. */
static uint8_t read_root(struct model_unit *unit, uint16_t sid, uint64_t *table)
{
	uint64_t reserved =
		beyond_host_width(unit) | ~(FIELD_MASK(SMROOT_LP) | FIELD_MASK(SMROOT_LCTP));
	unsigned int half = sid_devfn(sid) / SM_CONTEXT_ENTRIES;
	uint64_t root[2];

	if (defect(unit, SM_ROOT_UPPER_AS_LOWER))
		half = 0;
	if (!mu_fetch(unit, unit->root + sid_bus(sid) * sizeof(struct root_entry), root,
		      sizeof(root)))
		return MU_SRT_1; /* root entry cannot be accessed */
	if (!(root[half] & FIELD_MASK(SMROOT_LP)) && !defect(unit, SM_ROOT_PRESENT_IGNORED))
		return MU_SRT_2; /* not present */
	for (unsigned int i = 0; i < 2; i++)
		if (root[i] & FIELD_MASK(SMROOT_LP) && root[i] & reserved &&
		    !defect(unit, SM_ROOT_RESERVED_IGNORED))
			return MU_SRT_3; /* reserved field in a half that is present */
	*table = root[half] & FIELD_MASK(SMROOT_LCTP);
	return 0;
}

static bool has_reserved_context(const struct model_unit *unit, const uint64_t *q)
{
	uint64_t low = FIELD_MASK(SMCONTEXT_P) | FIELD_MASK(SMCONTEXT_FPD) |
		       FIELD_MASK(SMCONTEXT_PDTS) | FIELD_MASK(SMCONTEXT_PASIDDIRPTR) |
		       mask_if(ecap(unit, ECAP_DT), SMCONTEXT_DTE) |
		       mask_if(ecap(unit, ECAP_PASID), SMCONTEXT_PASIDE) |
		       mask_if(ecap(unit, ECAP_PRS), SMCONTEXT_PRE) |
		       mask_if(ecap(unit, ECAP_HPTS), SMCONTEXT_HPTE) |
		       mask_if(ecap(unit, ECAP_PTRS), SMCONTEXT_EPTR);
	uint64_t high = mask_if(ecap(unit, ECAP_RPS), SMCONTEXT_RID_PASID) |
			mask_if(ecap(unit, ECAP_RPRIVS), SMCONTEXT_RID_PRIV);

	low &= ~beyond_host_width(unit);
	return ((q[0] & ~low) | (q[1] & ~high) | q[2] | q[3]) != 0;
}

/* "Value of X in this field indicates that the PASID-directory has 2^(X+7) entries." */
static uint64_t pasid_limit(const uint64_t *q)
{
	return (uint64_t)PASID_DIR_ENTRIES * PASID_ENTRIES_PER_TABLE
	       << field_get(q, SMCONTEXT_PDTS);
}

static uint32_t rid_pasid_of(const struct model_unit *unit, const uint64_t *q)
{
	if (!ecap(unit, ECAP_RPS) || defect(unit, RID_PASID_IGNORED))
		return 0;
	return (uint32_t)field_get(q, SMCONTEXT_RID_PASID);
}

/* SCT.4.1: PRE without DTE, SCT.4.3: EPTR without PASIDE */
static bool has_contradiction(const uint64_t *q)
{
	return (field_get(q, SMCONTEXT_PRE) && !field_get(q, SMCONTEXT_DTE)) ||
	       (field_get(q, SMCONTEXT_EPTR) && !field_get(q, SMCONTEXT_PASIDE));
}

static uint8_t check_context_entry(const struct model_unit *unit, const uint64_t *q)
{
	if (!field_get(q, SMCONTEXT_P) && !defect(unit, SM_CONTEXT_PRESENT_IGNORED))
		return MU_SCT_2; /* not present */
	/* The table of conditions sets no order between the two. */
	if (unit->config.checks_fields_first && has_contradiction(q))
		return MU_SCT_4_1;
	if (has_reserved_context(unit, q) && !defect(unit, SM_CONTEXT_RESERVED_IGNORED))
		return MU_SCT_3; /* reserved field */
	if (field_get(q, SMCONTEXT_PRE) && !field_get(q, SMCONTEXT_DTE))
		return MU_SCT_4_1; /* PRE without DTE */
	if (rid_pasid_of(unit, q) >= pasid_limit(q) && !defect(unit, RID_PASID_RANGE_UNCHECKED))
		return MU_SCT_4_2; /* RID_PASID beyond PDTS */
	return 0;
}

static uint8_t fetch_context(struct model_unit *unit, uint16_t sid, struct model_cached *entry,
			     bool *has_entry)
{
	uint64_t table;
	uint8_t reason = read_root(unit, sid, &table);

	*has_entry = reason != MU_SRT_1;
	if (reason != 0)
		return reason;
	*has_entry =
		mu_fetch(unit, table + sid % SM_CONTEXT_ENTRIES * sizeof(struct sm_context_entry),
			 entry->context.q, sizeof(struct sm_context_entry));
	if (!*has_entry)
		return MU_SCT_1; /* context entry cannot be accessed */
	entry->fpd =
		field_get(entry->context.q, SMCONTEXT_FPD) && !defect(unit, SM_CONTEXT_FPD_IGNORED);
	return check_context_entry(unit, entry->context.q);
}

/* Root and context faults carry the legacy codes in some implementations: a defect. */
static uint8_t context_reason(const struct model_unit *unit, uint8_t reason)
{
	static const uint8_t legacy[][2] = { { MU_SRT_1, MU_LRT_1 }, { MU_SRT_2, MU_LRT_2 },
					     { MU_SRT_3, MU_LRT_3 }, { MU_SCT_1, MU_LCT_1 },
					     { MU_SCT_2, MU_LCT_2 }, { MU_SCT_3, MU_LCT_3 } };

	if (defect(unit, SM_LEGACY_REASONS))
		for (unsigned int i = 0; i < sizeof(legacy) / sizeof(legacy[0]); i++)
			if (legacy[i][0] == reason)
				return legacy[i][1];
	return reason;
}

static bool is_inconsistent(const uint64_t *q)
{
	return field_get(q, SMCONTEXT_EPTR) && !field_get(q, SMCONTEXT_PASIDE);
}

static uint8_t locate_context(struct model_unit *unit, struct mu_walk *walk,
			      struct model_cached *entry)
{
	bool has_entry;

	*entry = (struct model_cached){
		.kind = MODEL_CACHED_CONTEXT,
		.context = { .sid = walk->request->sid },
	};
	if (mu_cache_recall(unit, entry)) {
		walk->fpd = entry->fpd && !defect(unit, CACHED_FPD_LOST);
		return entry->fault;
	}
	entry->fault =
		context_reason(unit, fetch_context(unit, walk->request->sid, entry, &has_entry));
	walk->fpd = entry->fpd;
	if ((entry->fault == 0 && !is_inconsistent(entry->context.q)) ||
	    (has_entry && mu_caches_faults(unit)))
		mu_cache_add(unit, entry);
	return entry->fault;
}

/* What the context entry allows this kind of request, in the order SCT.4.3 to SCT.10. */
static uint8_t check_request(const struct model_unit *unit, const struct mu_walk *walk,
			     const uint64_t *q)
{
	const struct model_request *request = walk->request;
	bool is_translated = request->type == MODEL_TRANSLATED;
	bool has_pasid = request->has_pasid;

	if (is_inconsistent(q) && (!has_pasid || is_translated || is_page(walk)))
		return MU_SCT_4_3; /* EPTR without PASIDE */
	if ((mu_is_ats(walk) || is_translated) && !field_get(q, SMCONTEXT_DTE) &&
	    !defect(unit, DTE_IGNORED))
		return MU_SCT_5;
	if (has_pasid && !is_translated && !field_get(q, SMCONTEXT_PASIDE) &&
	    !defect(unit, PASIDE_IGNORED))
		return MU_SCT_6;
	if (has_pasid && request->pasid >= pasid_limit(q) && !defect(unit, PDTS_UNCHECKED))
		return MU_SCT_7; /* PASID beyond PDTS */
	if (is_page(walk) && !field_get(q, SMCONTEXT_PRE) && !defect(unit, PRE_IGNORED))
		return MU_SCT_8;
	if (has_pasid && request->pasid == rid_pasid_of(unit, q) &&
	    !defect(unit, RID_PASID_CLASH_IGNORED))
		return MU_SCT_9; /* the PASID is RID_PASID */
	if (has_pasid && is_translated && !field_get(q, SMCONTEXT_EPTR) &&
	    !defect(unit, EPTR_IGNORED))
		return MU_SCT_10;
	/* Needs no table: before the PASID is used as an index. Page requests do not know it. */
	if (has_pasid && !is_page(walk) && request->pasid >> (ecap(unit, ECAP_PSS) + 1) != 0 &&
	    !defect(unit, PSS_UNCHECKED))
		return MU_SGN_10; /* PASID larger than PSS allows */
	return 0;
}

uint8_t mu_scalable_context(struct model_unit *unit, struct mu_walk *walk)
{
	struct model_cached context;
	uint8_t reason = locate_context(unit, walk, &context);

	walk->scalable = true;
	if (reason != 0)
		return reason;
	walk->pasid_directory = field_get_address(context.context.q, SMCONTEXT_PASIDDIRPTR);
	if (defect(unit, PASID_DIR_ADDRESS_40_BITS))
		walk->pasid_directory = cut_short(walk->pasid_directory);
	if (!walk->request->has_pasid) {
		walk->pasid = rid_pasid_of(unit, context.context.q);
		mu_watch_rid_pasid(unit, walk->pasid);
		walk->privileged =
			ecap(unit, ECAP_RPRIVS) && field_get(context.context.q, SMCONTEXT_RID_PRIV);
	}
	return check_request(unit, walk, context.context.q);
}

/* ---- PASID directory and table ---- */

static uint8_t read_directory(struct model_unit *unit, const struct mu_walk *walk, uint64_t *table,
			      bool *fpd)
{
	uint64_t reserved =
		beyond_host_width(unit) | ~(FIELD_MASK(PASIDDIR_P) | FIELD_MASK(PASIDDIR_FPD) |
					    FIELD_MASK(PASIDDIR_SMPTBLPTR));
	uint32_t index = walk->pasid / PASID_ENTRIES_PER_TABLE;
	uint64_t q;

	if (defect(unit, PASID_DIR_SHIFT))
		index /= 2;
	if (!mu_fetch(unit, walk->pasid_directory + index * sizeof(struct pasid_dir_entry), &q,
		      sizeof(q)))
		return MU_SPD_1; /* directory entry cannot be accessed */
	*fpd = field_get(&q, PASIDDIR_FPD) && !defect(unit, PASID_DIR_FPD_IGNORED);
	if (q & reserved && defect(unit, PASID_DIR_RESERVED_BEFORE_PRESENT))
		return MU_SPD_3;
	if (!field_get(&q, PASIDDIR_P) && !defect(unit, PASID_DIR_PRESENT_IGNORED))
		return MU_SPD_2; /* not present */
	if (q & reserved && !defect(unit, PASID_DIR_RESERVED_IGNORED))
		return MU_SPD_3; /* reserved field */
	*table = field_get_address(&q, PASIDDIR_SMPTBLPTR);
	if (defect(unit, PASID_TABLE_ADDRESS_40_BITS))
		*table = cut_short(*table);
	return 0;
}

/* "Scalable-Mode PASID Table Entry": fields of absent capabilities are Reserved(0). */
static bool has_reserved_entry(const struct model_unit *unit, const uint64_t *q)
{
	bool second = ecap(unit, ECAP_SSTS) != 0;
	bool first = ecap(unit, ECAP_FSTS) != 0;
	bool types = ecap(unit, ECAP_MTS) != 0;
	uint64_t used[3];

	used[0] = FIELD_MASK(PASID_P) | FIELD_MASK(PASID_FPD) | FIELD_MASK(PASID_PGTT) |
		  mask_if(second, PASID_AW) | mask_if(second, PASID_SSPTPTR) |
		  mask_if(second && ecap(unit, ECAP_SSADS), PASID_SSADE);
	used[0] &= ~beyond_host_width(unit);
	used[1] = reg_put(PASID_DID, domain_mask(unit)) |
		  mask_if(ecap(unit, ECAP_SMPWCS), PASID_PWSNP) |
		  mask_if(ecap(unit, ECAP_SC), PASID_PGSNP) | mask_if(types, PASID_CD) |
		  mask_if(types, PASID_EMTE) | mask_if(types, PASID_PAT);
	used[2] = mask_if(first, PASID_FSPM) | mask_if(first, PASID_WPE) |
		  mask_if(first, PASID_FSPTPTR) | mask_if(ecap(unit, ECAP_SRS), PASID_SRE) |
		  mask_if(ecap(unit, ECAP_EAFS), PASID_EAFE);
	used[2] &= ~beyond_host_width(unit);
	used[2] |= FIELD_MASK(PASID_IGN);
	for (unsigned int i = 0; i < 3; i++)
		if (q[i] & ~used[i])
			return true;
	return (q[3] | q[4] | q[5] | q[6] | q[7]) != 0;
}

static bool is_supported_pgtt(const struct model_unit *unit, uint64_t pgtt)
{
	switch (pgtt) {
	case PGTT_FIRST_STAGE:
		return ecap(unit, ECAP_FSTS) != 0;
	case PGTT_SECOND_STAGE:
		return ecap(unit, ECAP_SSTS) != 0;
	case PGTT_NESTED:
		return ecap(unit, ECAP_NEST) != 0;
	case PGTT_PASS_THROUGH:
		return ecap(unit, ECAP_PT) != 0;
	default:
		return false;
	}
}

static bool uses_first_stage(uint64_t pgtt)
{
	return pgtt == PGTT_FIRST_STAGE || pgtt == PGTT_NESTED;
}

static bool uses_second_stage(uint64_t pgtt)
{
	return pgtt == PGTT_SECOND_STAGE || pgtt == PGTT_NESTED;
}

static bool is_supported_fspm(const struct model_unit *unit, uint64_t fspm)
{
	return fspm == FSPM_4_LEVEL || (fspm == FSPM_5_LEVEL && cap(unit, CAP_FS5LP)) ||
	       defect(unit, FSPM_UNCHECKED);
}

static uint8_t check_entry(const struct model_unit *unit, const uint64_t *q)
{
	uint64_t pgtt = field_get(q, PASID_PGTT);

	if (!is_supported_pgtt(unit, pgtt) && defect(unit, PGTT_BEFORE_PRESENT))
		return MU_SPT_4_2;
	if (!field_get(q, PASID_P) && !defect(unit, PASID_PRESENT_IGNORED))
		return MU_SPT_2; /* not present */
	if (has_reserved_entry(unit, q) && !defect(unit, PASID_RESERVED_IGNORED))
		return MU_SPT_3; /* reserved field */
	if (uses_second_stage(pgtt) && !mu_is_supported_width(unit, field_get(q, PASID_AW)) &&
	    !defect(unit, PASID_AW_UNCHECKED))
		return MU_SPT_4_1; /* AW not supported */
	if (!is_supported_pgtt(unit, pgtt) && !defect(unit, PGTT_UNCHECKED))
		return MU_SPT_4_2; /* PGTT not supported */
	if (uses_first_stage(pgtt) && !is_supported_fspm(unit, field_get(q, PASID_FSPM)))
		return MU_SPT_4_3; /* FSPM not supported */
	if (pgtt == PGTT_NESTED && !defect(unit, NEST_POINTER_UNCHECKED) &&
	    mu_is_above_second_stage(unit, mu_levels_of_width(field_get(q, PASID_AW)),
				     field_get_address(q, PASID_FSPTPTR)))
		return MU_SPT_4_4; /* FSPTPTR beyond the second stage */
	return 0;
}

static uint8_t fetch_entry(struct model_unit *unit, const struct mu_walk *walk,
			   struct model_cached *entry, bool *has_entry)
{
	uint64_t table;
	uint8_t reason = read_directory(unit, walk, &table, &entry->fpd);

	*has_entry = reason != MU_SPD_1;
	if (reason != 0)
		return reason;
	*has_entry = mu_fetch(
		unit, table + walk->pasid % PASID_ENTRIES_PER_TABLE * sizeof(struct pasid_entry),
		entry->pasid.q, sizeof(struct pasid_entry));
	if (!*has_entry)
		return MU_SPT_1; /* PASID table entry cannot be accessed */
	if (field_get(entry->pasid.q, PASID_FPD) && !defect(unit, PASID_FPD_IGNORED))
		entry->fpd = true;
	return check_entry(unit, entry->pasid.q);
}

/* The PASID table entry under walk->pasid, from the PASID cache or from memory. */
uint8_t mu_scalable_pasid(struct model_unit *unit, struct mu_walk *walk, struct model_cached *entry)
{
	bool has_entry;

	*entry = (struct model_cached){
		.kind = MODEL_CACHED_PASID,
		.pasid = { .sid = walk->request->sid, .pasid = walk->pasid },
	};
	if (mu_cache_recall(unit, entry)) {
		walk->fpd = walk->fpd || entry->fpd;
		return entry->fault;
	}
	entry->fault = fetch_entry(unit, walk, entry, &has_entry);
	walk->fpd = walk->fpd || entry->fpd;
	/* Entries that would fault are tagged with the reserved domain-id 0. */
	if (entry->fault == 0)
		entry->pasid.did = (uint16_t)field_get(entry->pasid.q, PASID_DID);
	if (entry->fault == 0 || (has_entry && mu_caches_faults(unit)))
		mu_cache_add(unit, entry);
	return entry->fault;
}

/* SPT.5 and SPT.6: may the request ask for what it asks for? */
uint8_t mu_scalable_rights(const struct model_unit *unit, const struct mu_walk *walk,
			   bool supervisor)
{
	const struct model_request *request = walk->request;

	if (!walk->scalable)
		return 0;
	if (request->has_pasid && request->execute && major_version(unit) <= 7 &&
	    !ecap(unit, ECAP_ERS) && !defect(unit, EXECUTE_ALLOWED))
		return MU_SPT_5;
	if (walk->privileged && !supervisor && !defect(unit, SRE_IGNORED))
		return MU_SPT_6;
	return 0;
}

/* ---- the switch on PGTT ---- */

static struct mu_stages stages_of(const struct model_unit *unit,
				  const struct model_cached_pasid *pasid)
{
	uint64_t aw = field_get(pasid->q, PASID_AW);

	return (struct mu_stages){
		.pgtt = (uint8_t)field_get(pasid->q, PASID_PGTT),
		.did = pasid->did,
		.snooped_walk = ecap(unit, ECAP_SMPWCS) && field_get(pasid->q, PASID_PWSNP),
		.page_snoop = field_get(pasid->q, PASID_PGSNP) != 0,
		.supervisor = field_get(pasid->q, PASID_SRE) != 0,
		.second = field_get_address(pasid->q, PASID_SSPTPTR) & ~beyond_host_width(unit),
		.second_levels = mu_is_supported_width(unit, aw) ? mu_levels_of_width(aw) : 4,
		.tracks_dirty = field_get(pasid->q, PASID_SSADE) != 0,
		.first = field_get_address(pasid->q, PASID_FSPTPTR) & ~beyond_host_width(unit),
		.first_levels = field_get(pasid->q, PASID_FSPM) == FSPM_5_LEVEL ? 5 : 4,
		.write_protect = field_get(pasid->q, PASID_WPE) != 0,
		.extended = field_get(pasid->q, PASID_EAFE) != 0,
	};
}

static uint8_t through_pgtt(struct model_unit *unit, struct mu_walk *walk,
			    const struct model_cached_pasid *pasid)
{
	struct mu_stages stages = stages_of(unit, pasid);
	struct model_cached entry = {
		.page = {
			.did = stages.did,
			.supervisor = stages.supervisor,
			.snooped = stages.page_snoop,
		},
	};

	if (stages.pgtt == PGTT_PASS_THROUGH)
		return mu_pass_through(unit, walk, &entry);
	if (uses_first_stage(stages.pgtt))
		return mu_first_stage_translate(unit, walk, &stages);
	/* A reserved type that a defect let pass is taken for this one. */
	stages.pgtt = PGTT_SECOND_STAGE;
	return mu_second_stage_translate(unit, walk, &stages);
}

uint8_t mu_scalable_translate(struct model_unit *unit, struct mu_walk *walk)
{
	const struct model_request *request = walk->request;
	struct model_cached pasid;
	uint8_t reason;

	walk->scalable = true;
	if (request->type == MODEL_UNTRANSLATED && mu_iotlb_hit(unit, walk, &reason))
		return reason;
	reason = mu_scalable_context(unit, walk);
	if (reason != 0)
		return reason;
	if (request->type == MODEL_TRANSLATED) {
		if (defect(unit, TRANSLATED_TABLES_ASKED))
			reason = mu_scalable_pasid(unit, walk, &pasid);
		return reason != 0 ? reason : mu_translated_request(unit, walk);
	}
	reason = mu_scalable_pasid(unit, walk, &pasid);
	if (reason == 0)
		reason = mu_scalable_rights(unit, walk, field_get(pasid.pasid.q, PASID_SRE) != 0);
	if (reason != 0)
		return reason;
	if (mu_is_interrupt_translation(unit, walk))
		return mu_interrupt_range_translation(unit, walk);
	if (mu_is_ats(walk) && mu_iotlb_hit(unit, walk, &reason))
		return reason;
	return through_pgtt(unit, walk, &pasid.pasid);
}
