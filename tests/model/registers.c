/* SPDX-License-Identifier: MIT */
/*
 * "Register Descriptions": the register file as software sees it.
 *
 * Everything happens in 32-bit halves. A 64-bit access is two of them, lower half first, as the
 * book allows hardware to take it apart ("Software Access to Registers"); only the command
 * registers whose low half starts the command want their high half first.
 */
#include "tests/model/internal.h"

/* The capability without which a register is RsvdZ. */
enum need { NEEDS_NOTHING, NEEDS_QI, NEEDS_EIM, NEEDS_IR, NEEDS_PRS };

static const uint64_t need_masks[] = {
	[NEEDS_QI] = FIELD_MASK(ECAP_QI),
	[NEEDS_EIM] = FIELD_MASK(ECAP_EIM),
	[NEEDS_IR] = FIELD_MASK(ECAP_IR),
	[NEEDS_PRS] = FIELD_MASK(ECAP_PRS),
};

/* A half-register of the fixed block, in terms of its bits. */
struct half {
	bool exists;
	bool is_pair;	/* part of a 64-bit register */
	bool is_sticky; /* survives a warm reset */
	enum need needs;
	uint32_t write;	  /* RW bits */
	uint32_t clear;	  /* RW1C bits */
	uint32_t command; /* bits that software writes and that read 0 */
	uint32_t reset;
};

#define HALF(offset, ...)      [(offset) / 4] = { .exists = true, __VA_ARGS__ }
#define REGISTER_32(name, ...) HALF(REG_##name, __VA_ARGS__)
#define REGISTER_64(name, mask, ...)                                             \
	HALF(REG_##name, .is_pair = true, .write = LOW_HALF(mask), __VA_ARGS__), \
		HALF(REG_##name + 4, .is_pair = true, .write = HIGH_HALF(mask), __VA_ARGS__)
#define LOW_HALF(mask)	((uint32_t)(mask))
#define HIGH_HALF(mask) ((uint32_t)((mask) >> 32))

/* The four registers of an event. */
#define EVENT(control, data, address, upper, upper_needs, ...)                             \
	REGISTER_32(control, .write = mask32(EVENT_CTL_IM), .reset = mask32(EVENT_CTL_IM), \
		    __VA_ARGS__),                                                          \
		REGISTER_32(data, .write = mask32(EVENT_DATA_IMD), __VA_ARGS__),           \
		REGISTER_32(address, .write = mask32(EVENT_ADDR_MA), __VA_ARGS__),         \
		REGISTER_32(upper, .write = mask32(EVENT_UADDR_MUA), .needs = (upper_needs))

static const struct half halves[MODEL_FIXED_WORDS] = {
	REGISTER_32(VER),
	REGISTER_64(CAP, UINT64_C(0)),
	REGISTER_64(ECAP, UINT64_C(0)),
	REGISTER_32(GCMD),
	REGISTER_32(GSTS),
	REGISTER_64(RTADDR,
		    FIELD_MASK(RTADDR_RTA) | FIELD_MASK(RTADDR_TTM) | FIELD_MASK(RTADDR_SSIRWE)),
	HALF(REG_CCMD, .is_pair = true, .write = LOW_HALF(FIELD_MASK(CCMD_DID)),
	     .command = LOW_HALF(FIELD_MASK(CCMD_SID))),
	HALF(REG_CCMD + 4, .is_pair = true,
	     .write = HIGH_HALF(FIELD_MASK(CCMD_ICC) | FIELD_MASK(CCMD_CIRG)),
	     .command = HIGH_HALF(FIELD_MASK(CCMD_FM))),
	REGISTER_32(FSTS, .is_sticky = true,
		    .clear = mask32(FSTS_PFO) | mask32(FSTS_IQE) | mask32(FSTS_ICE) |
			     mask32(FSTS_ITE)),
	EVENT(FECTL, FEDATA, FEADDR, FEUADDR, NEEDS_EIM, .needs = NEEDS_NOTHING),
	REGISTER_32(PMEN, .write = mask32(PMEN_EPM)),
	REGISTER_32(PLMBASE, .write = mask32(PLMBASE_PLMB)),
	REGISTER_32(PLMLIMIT, .write = mask32(PLMLIMIT_PLML)),
	REGISTER_64(PHMBASE, FIELD_MASK(PHMBASE_PHMB)),
	REGISTER_64(PHMLIMIT, FIELD_MASK(PHMLIMIT_PHML)),
	REGISTER_64(IQH, UINT64_C(0), .needs = NEEDS_QI),
	REGISTER_64(IQT, FIELD_MASK(IQT_QT), .needs = NEEDS_QI),
	REGISTER_64(IQA, FIELD_MASK(IQA_IQA) | FIELD_MASK(IQA_DW) | FIELD_MASK(IQA_QS),
		    .needs = NEEDS_QI),
	REGISTER_32(ICS, .clear = mask32(ICS_IWC), .is_sticky = true, .needs = NEEDS_QI),
	EVENT(IECTL, IEDATA, IEADDR, IEUADDR, NEEDS_EIM, .needs = NEEDS_QI),
	REGISTER_64(IQERCD, UINT64_C(0), .is_sticky = true, .needs = NEEDS_QI),
	REGISTER_64(IRTA, FIELD_MASK(IRTA_IRTA) | FIELD_MASK(IRTA_EIME) | FIELD_MASK(IRTA_S),
		    .needs = NEEDS_IR),
	REGISTER_64(PQH, FIELD_MASK(PQH_PQH), .needs = NEEDS_PRS),
	REGISTER_64(PQT, FIELD_MASK(PQT_PQT), .needs = NEEDS_PRS),
	REGISTER_64(PQA, FIELD_MASK(PQA_PQA) | FIELD_MASK(PQA_PQS), .needs = NEEDS_PRS),
	REGISTER_32(PRS, .clear = mask32(PRS_PPR) | mask32(PRS_PRO), .is_sticky = true,
		    .needs = NEEDS_PRS),
	/* The one upper address that needs more than EIM, which writable() looks at. */
	EVENT(PECTL, PEDATA, PEADDR, PEUADDR, NEEDS_PRS, .needs = NEEDS_PRS),
};

static const struct half *half_at(uint32_t offset)
{
	if (offset / 4 >= MODEL_FIXED_WORDS || !halves[offset / 4].exists)
		return NULL;
	return &halves[offset / 4];
}

static bool is_implemented(const struct model_unit *unit, const struct half *half)
{
	return half->needs == NEEDS_NOTHING || unit->config.ecap & need_masks[half->needs];
}

uint32_t mu_fixed_get(const struct model_unit *unit, uint32_t offset)
{
	return unit->fixed[offset / 4];
}

void mu_fixed_set(struct model_unit *unit, uint32_t offset, uint32_t value)
{
	unit->fixed[offset / 4] = value;
}

uint64_t mu_fixed_get64(const struct model_unit *unit, uint32_t offset)
{
	return (uint64_t)unit->fixed[offset / 4 + 1] << 32 | unit->fixed[offset / 4];
}

void mu_fixed_set64(struct model_unit *unit, uint32_t offset, uint64_t value)
{
	unit->fixed[offset / 4] = half_of(value, 0);
	unit->fixed[offset / 4 + 1] = half_of(value, 4);
}

static uint32_t fault_records_offset(const struct model_unit *unit)
{
	return (uint32_t)cap(unit, CAP_FRO) * REGISTER_BLOCK_BYTES;
}

static uint32_t iotlb_offset(const struct model_unit *unit)
{
	return (uint32_t)ecap(unit, ECAP_IRO) * REGISTER_BLOCK_BYTES;
}

static uint32_t fault_record_bytes(const struct model_unit *unit)
{
	return ((uint32_t)cap(unit, CAP_NFR) + 1) * FRCD_BYTES;
}

uint32_t model_register_bytes(const struct model_unit *unit)
{
	uint32_t records_end = fault_records_offset(unit) + fault_record_bytes(unit);
	uint32_t iotlb_end = iotlb_offset(unit) + IOTLB_BLOCK_BYTES;
	uint32_t end = records_end > iotlb_end ? records_end : iotlb_end;

	return (end + MU_PAGE_BYTES - 1) / MU_PAGE_BYTES * MU_PAGE_BYTES;
}

static bool is_fault_record(const struct model_unit *unit, uint32_t offset)
{
	return offset - fault_records_offset(unit) < fault_record_bytes(unit);
}

static bool is_invalidate_register(const struct model_unit *unit, uint32_t offset)
{
	return offset - iotlb_offset(unit) < IOTLB_BLOCK_BYTES;
}

/* ---- reading ---- */

static uint32_t read_fault_record(const struct model_unit *unit, uint32_t offset)
{
	uint32_t within = offset - fault_records_offset(unit);

	return half_of(unit->frcd[within / FRCD_BYTES][within % FRCD_BYTES / 8], within);
}

/* IVA is write-only; of IOTLB the low half is reserved. */
static uint32_t read_invalidate(const struct model_unit *unit, uint32_t offset)
{
	uint32_t word = (offset - iotlb_offset(unit)) / 4;

	return word == 3 ? unit->invalidate[3] : 0;
}

static uint32_t read_half(struct model_unit *unit, uint32_t offset)
{
	const struct half *half;
	uint32_t value;

	if (is_fault_record(unit, offset))
		return read_fault_record(unit, offset);
	if (is_invalidate_register(unit, offset))
		return read_invalidate(unit, offset);
	if (mu_vcmd_read(unit, offset, &value) || mu_side_read(unit, offset, &value))
		return value;
	half = half_at(offset);
	if (half == NULL || (!is_implemented(unit, half) && !defect(unit, ABSENT_REGISTERS_READ)))
		return 0;
	if (offset == REG_VER)
		return unit->config.version;
	if (offset == REG_CAP || offset == REG_CAP + 4)
		return half_of(unit->config.cap, offset);
	if (offset == REG_ECAP || offset == REG_ECAP + 4)
		return half_of(unit->config.ecap, offset);
	if (offset == REG_GSTS)
		return mu_global_status(unit);
	if (offset == REG_PQT || offset == REG_PRS || offset == REG_PECTL)
		mu_page_requests_deliver(unit);
	return mu_fixed_get(unit, offset) & ~half->command;
}

/* ---- writing ---- */

/* "Hardware may ignore and not implement bits 63:HAW"; the bits of absent capabilities are RsvdZ. */
static uint32_t writable(const struct model_unit *unit, const struct half *half, uint32_t offset)
{
	uint32_t mask = half->write;
	uint32_t high_width = (uint32_t)(~beyond_host_width(unit) >> 32);

	switch (offset) {
	case REG_RTADDR:
		if (!ecap(unit, ECAP_SSIRWS))
			mask &= ~mask32(RTADDR_SSIRWE);
		if (unit->config.misbehaviour.ttm_not_kept)
			mask &= ~mask32(RTADDR_TTM);
		break;
	case REG_RTADDR + 4:
		mask &= defect(unit, HIGH_HALF_LOST) ? 0 : high_width;
		break;
	case REG_IQA:
		if (defect(unit, IQA_NOT_KEPT))
			mask &= ~(mask32(IQA_QS) | mask32(IQA_DW));
		break;
	case REG_IQA + 4:
	case REG_IRTA + 4:
	case REG_PQA + 4:
		mask &= high_width;
		break;
	case REG_IRTA:
		if (!ecap(unit, ECAP_EIM))
			mask &= ~mask32(IRTA_EIME);
		break;
	case REG_PEUADDR:
		mask = ecap(unit, ECAP_EIM) ? mask : 0;
		break;
	case REG_PMEN:
		mask = cap(unit, CAP_PLMR) || cap(unit, CAP_PHMR) ? mask : 0;
		break;
	case REG_PLMBASE:
	case REG_PLMLIMIT:
		mask = cap(unit, CAP_PLMR) ? mask << MU_PMR_SHIFT : 0;
		break;
	case REG_PHMBASE:
	case REG_PHMLIMIT:
		mask = cap(unit, CAP_PHMR) || defect(unit, ABSENT_REGION_WRITABLE)
			       ? mask << MU_PMR_SHIFT
			       : 0;
		break;
	case REG_PHMBASE + 4:
	case REG_PHMLIMIT + 4:
		mask = cap(unit, CAP_PHMR) ? mask & high_width : 0;
		break;
	default:
		break;
	}
	return mask;
}

static void write_fault_record(struct model_unit *unit, uint32_t offset, uint32_t value)
{
	uint32_t within = offset - fault_records_offset(unit);

	if (defect(unit, RECORD_CLEARED_BY_ONES) && within % FRCD_BYTES == 8)
		unit->frcd[within / FRCD_BYTES][1] &= ~(uint64_t)value;
	/* Only F can be written, and only by a 1: the last bit of the record. */
	if ((within % FRCD_BYTES == FRCD_BYTES - 4 || defect(unit, FAULT_FREED_BY_HALF)) &&
	    value & HIGH_HALF(FIELD_MASK(FRCD_F)))
		mu_fault_record_free(unit, within / FRCD_BYTES);
}

static void write_invalidate(struct model_unit *unit, uint32_t offset, uint32_t value)
{
	static const uint64_t kept[] = {
		FIELD_MASK(IVA_ADDR) | FIELD_MASK(IVA_IH) | FIELD_MASK(IVA_AM),
		FIELD_MASK(IOTLB_IVT) | FIELD_MASK(IOTLB_IIRG) | FIELD_MASK(IOTLB_DR) |
			FIELD_MASK(IOTLB_DW) | FIELD_MASK(IOTLB_DID),
	};
	uint32_t word = (offset - iotlb_offset(unit)) / 4;
	uint32_t mask = half_of(kept[word / 2], offset);

	if (word == 1 && defect(unit, IVA_HIGH_HALF_LOST))
		return;
	unit->invalidate[word] = (unit->invalidate[word] & ~mask) | (value & mask);
	if (word == 3 && value & HIGH_HALF(FIELD_MASK(IOTLB_IVT)))
		mu_iotlb_command(unit);
}

static void write_status(struct model_unit *unit, uint32_t offset, uint32_t cleared)
{
	if (offset == REG_FSTS) {
		if (defect(unit, QUEUE_ERROR_CLEARED_BY_0))
			cleared |= (uint32_t)FIELD_MASK(FSTS_IQE);
		mu_fault_status_clear(unit, cleared);
		return;
	}
	if (offset == REG_PRS && cleared != 0 && defect(unit, PAGE_STATUS_CLEARED_TOGETHER))
		cleared = mask32(PRS_PPR) | mask32(PRS_PRO);
	/* ICS.IWC, or PRS.PPR and PRS.PRO */
	mu_fixed_set(unit, offset, mu_fixed_get(unit, offset) & ~cleared);
	if (mu_fixed_get(unit, offset) == 0 ||
	    (offset == REG_ICS && defect(unit, COMPLETION_SERVED_BY_0)))
		mu_event_served(unit, offset == REG_ICS ? REG_IECTL : REG_PECTL);
}

static void after_write(struct model_unit *unit, uint32_t offset, uint32_t value)
{
	switch (offset) {
	case REG_RTADDR:
	case REG_RTADDR + 4:
		if (defect(unit, RTADDR_AT_ONCE))
			mu_take_root_pointer(unit);
		break;
	case REG_CCMD + 4:
		if (value & HIGH_HALF(FIELD_MASK(CCMD_ICC)))
			mu_context_command(unit);
		break;
	case REG_FECTL:
	case REG_IECTL:
	case REG_PECTL:
		mu_event_unmasked(unit, offset);
		break;
	case REG_PMEN:
		/* PRS follows EPM at once. */
		if (!defect(unit, PMEN_STATUS_STUCK))
			mu_fixed_set(unit, offset,
				     mu_fixed_get(unit, offset) & mask32(PMEN_EPM)
					     ? mask32(PMEN_EPM) | mask32(PMEN_PRS)
					     : 0);
		break;
	case REG_IQT:
		mu_queue_run(unit);
		break;
	default:
		break;
	}
}

static void write_half(struct model_unit *unit, uint32_t offset, uint32_t value)
{
	const struct half *half;
	uint32_t mask, kept;

	if (is_fault_record(unit, offset)) {
		write_fault_record(unit, offset, value);
		return;
	}
	if (is_invalidate_register(unit, offset)) {
		write_invalidate(unit, offset, value);
		return;
	}
	if (mu_vcmd_write(unit, offset, value) || mu_side_write(unit, offset, value))
		return;
	half = half_at(offset);
	if (half == NULL || !is_implemented(unit, half))
		return;
	if (offset == REG_GCMD) {
		mu_global_command(unit, value);
		return;
	}
	if (half->clear != 0) {
		write_status(unit, offset, value & half->clear);
		return;
	}
	mu_watch_write(unit, offset);
	mask = writable(unit, half, offset);
	kept = mu_fixed_get(unit, offset) & ~(mask | half->command);
	mu_fixed_set(unit, offset, kept | (value & (mask | half->command)));
	if (offset == REG_IEDATA && defect(unit, EVENT_DATA_SHARED))
		mu_fixed_set(unit, REG_FEDATA, mu_fixed_get(unit, REG_IEDATA));
	after_write(unit, offset, value);
}

/* ---- accesses as the bus delivers them ---- */

/* A 64-bit access must not cover 32-bit registers ("Software Access to Registers"). */
static bool is_pair(const struct model_unit *unit, uint32_t offset)
{
	const struct half *half = half_at(offset);

	if (is_fault_record(unit, offset) || is_invalidate_register(unit, offset))
		return true;
	if (half == NULL && half_at(offset + 4) == NULL)
		return true; /* reserved, or the virtual command block */
	return half != NULL && half->is_pair;
}

uint64_t model_read(struct model_unit *unit, uint32_t offset, unsigned int bytes)
{
	uint64_t value;

	unit->counts.reads++;
	if (mu_lie(unit, offset, bytes, &value))
		return value;
	if (!mu_is_legal_access(unit, offset, bytes, is_pair(unit, offset)))
		return 0;
	value = read_half(unit, offset);
	if (bytes == 8)
		value |= (uint64_t)read_half(unit, offset + 4) << 32;
	return value;
}

void model_write(struct model_unit *unit, uint32_t offset, unsigned int bytes, uint64_t value)
{
	/* The low half of VCMD starts the command: its operand half must be there before. */
	bool high_first = offset == REG_VCMD || offset == REG_DRAFT_VCMD || offset == REG_ECMD;

	unit->counts.writes++;
	if (unit->config.misbehaviour.presence != MODEL_PRESENT ||
	    !mu_is_legal_access(unit, offset, bytes, is_pair(unit, offset)))
		return;
	if (bytes == 8 && high_first)
		write_half(unit, offset + 4, (uint32_t)(value >> 32));
	write_half(unit, offset, (uint32_t)value);
	if (bytes == 8 && !high_first)
		write_half(unit, offset + 4, (uint32_t)(value >> 32));
	if (bytes == 4 && offset == REG_RTADDR && defect(unit, LOW_HALF_CLEARS_HIGH))
		mu_fixed_set(unit, REG_RTADDR + 4, 0);
}

/* What a half-register of the fixed block holds after a reset. */
static uint32_t after_reset(const struct model_unit *unit, uint32_t offset, bool keep_sticky)
{
	const struct half *half = &halves[offset / 4];
	uint32_t now = mu_fixed_get(unit, offset);

	if (defect(unit, RESET_LOSES_QUEUE_ERROR)) {
		if (offset == REG_FSTS)
			return now & ~mask32(FSTS_IQE);
	}
	if (defect(unit, RESET_LOSES_PAGE_REQUEST)) {
		if (offset == REG_PRS)
			return 0;
	}
	if (keep_sticky && half->is_sticky)
		return now;
	if (defect(unit, RESET_UNMASKS_EVENTS))
		return 0;
	if (defect(unit, RESET_KEEPS_PROTECTION)) {
		if (offset >= REG_PMEN && offset < REG_IQH)
			return now;
	}
	if (defect(unit, RESET_KEEPS_REGISTERS)) {
		if (!half->reset && offset != REG_PMEN)
			return now;
	}
	return half->reset;
}

void mu_registers_reset(struct model_unit *unit, bool keep_sticky)
{
	for (uint32_t i = 0; i < MODEL_FIXED_WORDS; i++)
		unit->fixed[i] = after_reset(unit, 4 * i, keep_sticky);
}
