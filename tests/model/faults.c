/* SPDX-License-Identifier: MIT */
/*
 * "Address Translation Faults": which conditions can be suppressed, how faults are recorded
 * ("Primary Fault Logging") and how software hears of them ("Non-Recoverable Fault Event").
 */
#include "tests/model/internal.h"

static const struct mu_fault_rule rules[] = {
#define CONDITION(name, code, qualified, ats_outcome) \
	{ MU_##name, qualified, MU_ATS_##ats_outcome },
#include "tests/model/conditions.def"
};

const struct mu_fault_rule *mu_fault_rule(uint8_t reason)
{
	static const struct mu_fault_rule unknown = { 0, false, MU_ATS_UR };

	for (unsigned int i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].reason == reason)
			return &rules[i];
	return &unknown;
}

/* ---- event registers ---- */

static uint32_t event_data(const struct model_unit *unit, uint32_t control)
{
	uint32_t data = mu_fixed_get(unit, control + (REG_FEDATA - REG_FECTL));

	return control == REG_PECTL && defect(unit, PAGE_EVENT_DATA_8_BITS) ? data % 256 : data;
}

/* All three share one shape: control, data, address, upper address in sequence. */
static void event_send(struct model_unit *unit, uint32_t control)
{
	uint64_t address = mu_fixed_get(unit, control + (REG_FEADDR - REG_FECTL));

	if (!defect(unit, EVENT_UPPER_LOST))
		address |= (uint64_t)mu_fixed_get(unit, control + (REG_FEUADDR - REG_FECTL)) << 32;
	mu_fixed_set(unit, control, mu_fixed_get(unit, control) & ~mask32(EVENT_CTL_IP));
	if (control == REG_FECTL && defect(unit, FAULT_EVENT_LOST))
		return;
	if (control == REG_IECTL && defect(unit, WAIT_MESSAGE_LOST))
		return;
	if (control == REG_PECTL && defect(unit, PAGE_EVENT_LOST))
		return;
	unit->counts.messages++;
	unit->host.message(unit->host.context, address,
			   event_data(unit, control) &
				   (defect(unit, EVENT_DATA_8_BITS) ? UINT8_MAX : UINT32_MAX));
}

/* A new interrupt condition: IP is set, and the message goes out unless IM holds it back. */
void mu_event_raise(struct model_unit *unit, uint32_t control)
{
	uint32_t value = mu_fixed_get(unit, control) | mask32(EVENT_CTL_IP);

	mu_fixed_set(unit, control, value);
	if (control == REG_FECTL && defect(unit, FAULT_EVENT_UNMASKED))
		value &= ~mask32(EVENT_CTL_IM);
	if (!(value & FIELD_MASK(EVENT_CTL_IM)))
		event_send(unit, control);
}

/* Software cleared every status field: nothing is pending any more. */
void mu_event_served(struct model_unit *unit, uint32_t control)
{
	if (!defect(unit, EVENT_PENDING_STUCK))
		mu_fixed_set(unit, control, mu_fixed_get(unit, control) & ~mask32(EVENT_CTL_IP));
}

/* The control register was written: a message held back by IM goes out when IM falls. */
void mu_event_unmasked(struct model_unit *unit, uint32_t control)
{
	uint32_t value = mu_fixed_get(unit, control);

	if (value & FIELD_MASK(EVENT_CTL_IP) && !(value & FIELD_MASK(EVENT_CTL_IM)))
		event_send(unit, control);
}

/* ---- fault status ---- */

#define PPF	   mask32(FSTS_PPF)
#define PFO	   mask32(FSTS_PFO)
#define CONDITIONS (PPF | PFO | mask32(FSTS_IQE) | mask32(FSTS_ICE) | mask32(FSTS_ITE))

/* Sets a status bit; an event is raised only if no condition was waiting to be served. */
void mu_fault_status_set(struct model_unit *unit, uint32_t bit)
{
	uint32_t before = mu_fixed_get(unit, REG_FSTS);

	mu_fixed_set(unit, REG_FSTS, before | bit);
	if (bit == mask32(FSTS_IQE) && defect(unit, QUEUE_ERROR_EVENT_AGAIN))
		before = 0;
	if (!(before & CONDITIONS))
		mu_event_raise(unit, REG_FECTL);
}

static void fault_check_served(struct model_unit *unit)
{
	if (!(mu_fixed_get(unit, REG_FSTS) & CONDITIONS) || defect(unit, EVENT_PENDING_FALLS))
		mu_event_served(unit, REG_FECTL);
}

/* Software wrote ones to RW1C bits of FSTS. */
void mu_fault_status_clear(struct model_unit *unit, uint32_t bits)
{
	if (defect(unit, OVERFLOW_CLEAR_LOST))
		bits &= ~PFO;
	if (bits & PFO && defect(unit, OVERFLOW_CLEARS_ALL))
		bits |= mask32(FSTS_IQE);
	mu_fixed_set(unit, REG_FSTS, mu_fixed_get(unit, REG_FSTS) & ~bits);
	fault_check_served(unit);
	/* Fetching goes on as soon as no queue error is pending. */
	if (!defect(unit, QUEUE_WAITS_FOR_TAIL))
		mu_queue_run(unit);
}

/* ---- fault recording ---- */

static uint32_t record_count(const struct model_unit *unit)
{
	return (uint32_t)cap(unit, CAP_NFR) + 1;
}

static bool is_record_used(const struct model_unit *unit, uint32_t index)
{
	return field_get(unit->frcd[index], FRCD_F) != 0;
}

static bool is_same_source(const struct model_unit *unit, const uint64_t *record, uint16_t sid)
{
	uint16_t recorded = (uint16_t)field_get(record, FRCD_SID);

	if (defect(unit, FAULTS_MERGED_BY_DEVFN))
		return sid_devfn(recorded) == sid_devfn(sid);
	return recorded == sid;
}

static bool has_record_of(const struct model_unit *unit, uint16_t sid)
{
	for (uint32_t i = 0; i < record_count(unit); i++)
		if (is_record_used(unit, i) && is_same_source(unit, unit->frcd[i], sid))
			return true;
	return false;
}

/* FI bits above the largest AGAW that hardware supports read 0. */
static uint64_t fault_info_mask(const struct model_unit *unit)
{
	uint64_t sagaw = cap(unit, CAP_SAGAW);
	unsigned int levels = 4;
	unsigned int bits;

	/* "largest AGAW": without any the book leaves it open, and nothing of an address is lost. */
	if (sagaw & 1u << SAGAW_5_LEVEL || (sagaw == 0 && cap(unit, CAP_FS5LP)))
		levels = 5;
	else if (sagaw & 1u << SAGAW_3_LEVEL && !(sagaw & 1u << SAGAW_4_LEVEL))
		levels = 3;
	bits = mu_level_shift(levels + 1);
	if (defect(unit, FAULT_ADDRESS_32_BITS))
		bits = 32;
	return (UINT64_C(1) << bits) - 1;
}

static void fill_pasid(const struct model_unit *unit, uint64_t *record,
		       const struct mu_fault *fault)
{
	bool has_pasid = fault->has_pasid;

	if (!ecap(unit, ECAP_PASID))
		return; /* PP, PV, EXE and PRIV are RsvdZ */
	if (defect(unit, FAULT_PASID_LOST))
		has_pasid = false;
	if (defect(unit, FAULT_PASID_INVENTED))
		has_pasid = true;
	if (!has_pasid)
		return;
	field_set(record, FRCD_PP, 1);
	field_set(record, FRCD_PV, fault->pasid & (MODEL_PASID_LIMIT - 1));
	field_set(record, FRCD_EXE, fault->execute && fault->t1 && !fault->t2);
	field_set(record, FRCD_PRIV, fault->privileged && !defect(unit, FAULT_PRIVILEGE_LOST));
}

static void fill_record(const struct model_unit *unit, uint64_t *record,
			const struct mu_fault *fault)
{
	uint64_t info = fault->info;

	if (!fault->info_is_index)
		info &= fault_info_mask(unit);
	record[0] = record[1] = 0;
	field_set_address(record, FRCD_FI, info & FIELD_MASK(FRCD_FI));
	if (defect(unit, FAULT_ADDRESS_WHOLE))
		record[0] |= fault->info & (MU_PAGE_BYTES - 1);
	field_set(record, FRCD_SID,
		  defect(unit, FAULT_SID_BUS_LOST) ? sid_devfn(fault->sid) : fault->sid);
	field_set(record, FRCD_FR, fault->reason);
	field_set(record, FRCD_T1, fault->t1 != (defect(unit, FAULT_TYPE_SWAPPED) && !fault->t2));
	field_set(record, FRCD_T2, fault->t2 && !(fault->t1 && defect(unit, FAULT_ATOMIC_AS_READ)));
	if (ecap(unit, ECAP_DT) && !defect(unit, FAULT_ADDRESS_TYPE_LOST))
		field_set(record, FRCD_AT, fault->address_type);
	fill_pasid(unit, record, fault);
	field_set(record, FRCD_F, 1);
}

static void fault_overflow(struct model_unit *unit)
{
	unit->counts.faults_lost++;
	if (!defect(unit, FAULT_OVERFLOW_LOST))
		mu_fault_status_set(unit, PFO);
}

/* "Primary Fault Logging", in the book's order. */
void mu_fault_record(struct model_unit *unit, const struct mu_fault *fault)
{
	uint32_t index = defect(unit, FAULT_INDEX_STUCK) ? 0 : unit->fault_index;
	uint32_t status = mu_fixed_get(unit, REG_FSTS);

	unit->counts.faults++;
	if (status & PFO && !defect(unit, FAULT_OVERFLOW_OPEN)) {
		unit->counts.faults_lost++;
		return;
	}
	/* The same source has a pending record: it may be collapsed into it. */
	if (unit->config.merges_faults && has_record_of(unit, fault->sid)) {
		unit->counts.faults_lost++;
		return;
	}
	if (is_record_used(unit, index) && !defect(unit, FAULT_OVERWRITES)) {
		fault_overflow(unit);
		return;
	}
	fill_record(unit, unit->frcd[index], fault);
	unit->fault_index = (index + 1) % record_count(unit);
	if (status & PPF)
		return;
	if (!defect(unit, FAULT_FRI_STUCK))
		mu_fixed_set(unit, REG_FSTS,
			     (status & ~mask32(FSTS_FRI)) | (uint32_t)reg_put(FSTS_FRI, index));
	mu_fault_status_set(unit, PPF);
}

/* Software wrote 1 to F of a record. PPF is the OR of all F. */
void mu_fault_record_free(struct model_unit *unit, uint32_t index)
{
	if (defect(unit, FAULT_CLEAR_LOST))
		return;
	field_set(unit->frcd[index], FRCD_F, 0);
	for (uint32_t i = 0; i < record_count(unit); i++)
		if (is_record_used(unit, i) && !defect(unit, FAULT_PPF_FALLS))
			return;
	if (defect(unit, FAULT_PPF_STUCK))
		return;
	mu_fixed_set(unit, REG_FSTS, mu_fixed_get(unit, REG_FSTS) & ~PPF);
	fault_check_served(unit);
}

/* "The index is reset to zero when both address and interrupt translations are disabled" */
void mu_fault_index_reset(struct model_unit *unit)
{
	if (!defect(unit, FAULT_INDEX_KEPT))
		unit->fault_index = 0;
}
