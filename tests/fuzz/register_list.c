/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/register_list.h"

#include "tests/fuzz/registers.h"

#define MEMORY_TYPE(name, offset)                                \
	{                                                        \
		name, offset, 8, NEED(MTS), PLAIN | EXACT | RARE \
	}
#define FIXED_RANGE(n) MEMORY_TYPE("MTRR_FIX", REG_MTRR_FIX64K_00000 + 8 * (n))
#define RANGE(n)                                                     \
	MEMORY_TYPE("MTRR_PHYSBASE", REG_MTRR_PHYSBASE0 + 16 * (n)), \
		MEMORY_TYPE("MTRR_PHYSMASK", REG_MTRR_PHYSBASE0 + 16 * (n) + 8)

const struct named_register register_list[] = {
	{ "GSTS", REG_GSTS, 4, 0, MOVES | ON_REAL },
	{ "RTADDR", REG_RTADDR, 8, 0, PLAIN | ON_REAL },
	{ "CCMD", REG_CCMD, 8, 0, EXACT | PLAIN },
	{ "FSTS", REG_FSTS, 4, 0, MOVES | ON_REAL },
	{ "FECTL", REG_FECTL, 4, 0, MOVES | PLAIN | ON_REAL },
	{ "FEDATA", REG_FEDATA, 4, 0, PLAIN | EVENTS | ON_REAL },
	{ "FEADDR", REG_FEADDR, 4, 0, PLAIN | EVENTS | ON_REAL },
	{ "FEUADDR", REG_FEUADDR, 4, NEED(EIM), PLAIN | EVENTS | ON_REAL },
	{ "PMEN", REG_PMEN, 4, 0, EXACT | PLAIN },
	{ "PLMBASE", REG_PLMBASE, 4, NEED(PLMR), EXACT | PLAIN },
	{ "PLMLIMIT", REG_PLMLIMIT, 4, NEED(PLMR), EXACT | PLAIN },
	{ "PHMBASE", REG_PHMBASE, 8, NEED(PHMR), EXACT | PLAIN },
	{ "PHMLIMIT", REG_PHMLIMIT, 8, NEED(PHMR), EXACT | PLAIN },
	{ "IQH", REG_IQH, 8, NEED(QI), MOVES | ON_REAL },
	{ "IQT", REG_IQT, 8, NEED(QI), MOVES | ON_REAL },
	{ "IQA", REG_IQA, 8, NEED(QI), 0 },
	{ "ICS", REG_ICS, 4, NEED(QI), MOVES | ON_REAL },
	{ "IECTL", REG_IECTL, 4, NEED(QI), MOVES | PLAIN | ON_REAL },
	{ "IEDATA", REG_IEDATA, 4, NEED(QI), PLAIN | EVENTS | ON_REAL },
	{ "IEADDR", REG_IEADDR, 4, NEED(QI), PLAIN | EVENTS | ON_REAL },
	{ "IEUADDR", REG_IEUADDR, 4, NEED(QI) | NEED(EIM), PLAIN | EVENTS | ON_REAL },
	{ "IQERCD", REG_IQERCD, 8, NEED(QI), MOVES },
	{ "IRTA", REG_IRTA, 8, NEED(IR), PLAIN | ON_REAL },
	{ "PQH", REG_PQH, 8, NEED(PRS), EXACT | PLAIN },
	{ "PQT", REG_PQT, 8, NEED(PRS), MOVES | EXACT },
	{ "PQA", REG_PQA, 8, NEED(PRS), LEADS },
	{ "PRS", REG_PRS, 4, NEED(PRS), MOVES | EXACT },
	{ "PECTL", REG_PECTL, 4, NEED(PRS), MOVES | PLAIN | EXACT },
	{ "PEDATA", REG_PEDATA, 4, NEED(PRS), PLAIN | EVENTS | EXACT },
	{ "PEADDR", REG_PEADDR, 4, NEED(PRS), PLAIN | EVENTS | EXACT },
	{ "PEUADDR", REG_PEUADDR, 4, NEED(PRS) | NEED(EIM), PLAIN | EVENTS | EXACT },
	{ "MTRRDEF", REG_MTRRDEF, 8, NEED(MTS), PLAIN | EXACT },
	FIXED_RANGE(0),
	FIXED_RANGE(1),
	FIXED_RANGE(2),
	FIXED_RANGE(3),
	FIXED_RANGE(4),
	FIXED_RANGE(5),
	FIXED_RANGE(6),
	FIXED_RANGE(7),
	FIXED_RANGE(8),
	FIXED_RANGE(9),
	FIXED_RANGE(10),
	RANGE(0),
	RANGE(1),
	RANGE(2),
	RANGE(3),
	RANGE(4),
	RANGE(5),
	RANGE(6),
	RANGE(7),
	RANGE(8),
	RANGE(9),
	{ "ECMD", REG_ECMD, 8, NEED(ECMDS), PLAIN | EXACT },
	{ "ECEO", REG_ECEO, 8, NEED(ECMDS), PLAIN | EXACT },
	{ "ECRSP", REG_ECRSP, 8, NEED(ECMDS), EXACT },
	{ "RDTC", REG_RDTC, 8, NEED(RDTS), PLAIN | EXACT },
	{ "VCMD", REG_VCMD, 8, NEED(VCS), EXACT },
	{ "VCMDEO", REG_VCMDEO, 8, NEED(VCS), EXACT },
	{ "VCRSP", REG_VCRSP, 8, NEED(VCS), EXACT },
	{ "VCCAP", REG_VCCAP, 8, NEED(VCS), EXACT },
	{ "IVA", REG_IVA_IN_BLOCK, 8, 0, IN_BLOCK | EXACT },
	{ "IOTLB", REG_IOTLB_IN_BLOCK, 8, 0, IN_BLOCK | EXACT | PLAIN },
};

enum { COUNT = sizeof(register_list) / sizeof(register_list[0]) };
_Static_assert((int)COUNT <= (int)REGISTERS_KEPT, "room for all that is kept");
_Static_assert((int)COUNT <= (int)SHADOW_REGISTERS, "room for all that is awaited");

const unsigned int register_list_count = COUNT;

const struct register_fields *register_list_fields(const struct named_register *reg)
{
	static struct register_fields found[COUNT];
	struct register_fields *fields = &found[reg - register_list];

	if (!fields->first)
		*fields = register_fields(reg->name);
	return fields;
}
