/* SPDX-License-Identifier: MIT */
/*
 * What registers read after a reset: the defaults of "Register Descriptions", typed from the book. Fields whose default is
 * left open (X), and those that read undefined, are in no mask.
 */
#include "arch/string.h"
#include "tests/scenes/reset_scene.h"

#define BIT(field) FIELD_MASK(field)

#define ZERO(register_name, its_bits, its_group, ...)                                      \
	{                                                                                  \
		.name = #register_name, .offset = REG_##register_name, .bits = (its_bits), \
		.mask = UINT64_MAX, .group = RESET_##its_group, __VA_ARGS__                \
	}

/* Mask set, nothing pending; the data and address that were written are gone. */
#define EVENT_REGISTERS(control, data, address, upper, its_group, ...)                             \
	{ .name = #control,                                                                        \
	  .offset = REG_##control,                                                                 \
	  .bits = 32,                                                                              \
	  .mask = BIT(EVENT_CTL_IM) | BIT(EVENT_CTL_IP),                                           \
	  .value = BIT(EVENT_CTL_IM),                                                              \
	  .group = RESET_##its_group,                                                              \
	  __VA_ARGS__ },                                                                           \
		ZERO(data, 32, its_group, __VA_ARGS__), ZERO(address, 32, its_group, __VA_ARGS__), \
		ZERO(upper, 32, its_group, __VA_ARGS__)

#define SAME(register_name, its_bits)                                                      \
	{                                                                                  \
		.name = #register_name, .offset = REG_##register_name, .bits = (its_bits), \
		.group = RESET_CAPABILITIES                                                \
	}

static const struct reset_rule rules[] = {
	SAME(VER, 32),
	SAME(CAP, 64),
	SAME(ECAP, 64),
	ZERO(GSTS, 32, STATUS),
	ZERO(FSTS, 32, STATUS,
	     .sticky = BIT(FSTS_PFO) | BIT(FSTS_PPF) | BIT(FSTS_IQE) | BIT(FSTS_ICE) |
		       BIT(FSTS_ITE) | BIT(FSTS_FRI)),
	ZERO(RTADDR, 64, TABLES),
	ZERO(IRTA, 64, TABLES, .needs = NEED(IR)),
	{ .name = "CCMD",
	  .offset = REG_CCMD,
	  .bits = 64,
	  .group = RESET_COMMANDS,
	  .mask = BIT(CCMD_ICC) | BIT(CCMD_CIRG) | BIT(CCMD_DID) },
	{ .name = "IOTLB",
	  .offset = RESET_IOTLB,
	  .bits = 64,
	  .group = RESET_COMMANDS,
	  .mask = BIT(IOTLB_IVT) | BIT(IOTLB_IIRG) | BIT(IOTLB_DR) | BIT(IOTLB_DW) |
		  BIT(IOTLB_DID) },
	ZERO(ECRSP, 64, COMMANDS, .needs = NEED(ECMDS)),
	EVENT_REGISTERS(FECTL, FEDATA, FEADDR, FEUADDR, EVENTS),
	{ .name = "PMEN",
	  .offset = REG_PMEN,
	  .bits = 32,
	  .group = RESET_PROTECTED_MEMORY,
	  .mask = BIT(PMEN_EPM) | BIT(PMEN_PRS) },
	ZERO(PLMBASE, 32, PROTECTED_MEMORY, .needs = NEED(PLMR)),
	ZERO(PLMLIMIT, 32, PROTECTED_MEMORY, .needs = NEED(PLMR)),
	ZERO(PHMBASE, 64, PROTECTED_MEMORY, .needs = NEED(PHMR)),
	ZERO(PHMLIMIT, 64, PROTECTED_MEMORY, .needs = NEED(PHMR)),
	ZERO(IQH, 64, QUEUE, .needs = NEED(QI)),
	ZERO(IQT, 64, QUEUE, .needs = NEED(QI)),
	ZERO(IQA, 64, QUEUE, .needs = NEED(QI)),
	ZERO(ICS, 32, QUEUE, .needs = NEED(QI), .sticky = BIT(ICS_IWC)),
	EVENT_REGISTERS(IECTL, IEDATA, IEADDR, IEUADDR, EVENTS, .needs = NEED(QI)),
	ZERO(IQERCD, 64, QUEUE, .needs = NEED(QI),
	     .sticky = BIT(IQERCD_ICESID) | BIT(IQERCD_ITESID) | BIT(IQERCD_IQEI)),
	ZERO(PQH, 64, PAGE_REQUESTS, .needs = NEED(PRS)),
	ZERO(PQT, 64, PAGE_REQUESTS, .needs = NEED(PRS)),
	ZERO(PQA, 64, PAGE_REQUESTS, .needs = NEED(PRS)),
	ZERO(PRS, 32, PAGE_REQUESTS, .needs = NEED(PRS), .sticky = BIT(PRS_PPR) | BIT(PRS_PRO)),
	EVENT_REGISTERS(PECTL, PEDATA, PEADDR, PEUADDR, PAGE_REQUESTS, .needs = NEED(PRS)),
	{ .name = "MTRRCAP",
	  .offset = REG_MTRRCAP,
	  .bits = 64,
	  .group = RESET_CAPABILITIES,
	  .needs = NEED(MTS) },
	ZERO(MTRRDEF, 64, MEMORY_TYPES, .needs = NEED(MTS)),
	ZERO(MTRR_FIX64K_00000, 64, MEMORY_TYPES, .needs = NEED(MTS)),
	ZERO(MTRR_FIX4K_F8000, 64, MEMORY_TYPES, .needs = NEED(MTS)),
};

_Static_assert(sizeof(rules) / sizeof(rules[0]) <= RESET_RULES_MAX, "room for each register");

const struct reset_rule *reset_rules(unsigned int *count)
{
	*count = sizeof(rules) / sizeof(rules[0]);
	return rules;
}

static uint64_t read_register(struct unit *unit, const struct reset_rule *rule)
{
	if (caps_missing(&unit->caps, rule->needs))
		return 0;
	if (rule->offset == RESET_IOTLB)
		return unit_read64(unit, caps_iotlb_offset_bytes(&unit->caps) + REG_IOTLB_IN_BLOCK);
	return unit_read(unit, rule->offset, rule->bits);
}

void reset_read_registers(struct unit *unit, struct reset_registers *registers)
{
	const uint32_t records = caps_fault_record_offset_bytes(&unit->caps);

	memset(registers, 0, sizeof(*registers));
	for (unsigned int i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		registers->value[i] = read_register(unit, &rules[i]);
	for (uint32_t i = 0; i < caps_fault_record_count(&unit->caps) && i < RESET_RECORDS_MAX; i++)
		for (uint32_t word = 0; word < 2; word++)
			registers->record[i][word] =
				unit_read64(unit, records + i * FRCD_BYTES + word * 8);
}
