/* SPDX-License-Identifier: MIT */
/*
 * Registers of a unit at rest: what is written can be read back, in one piece and in halves, what
 * is read-only stays, what is reserved reads 0.
 *
 * A register of 64 bits may be accessed whole or as two aligned halves, whichever the software
 * likes, and both must mean the same. Emulators that kept a copy of their own lost bits on the way
 * back: the table mode in RTADDR (QEMU 8fdee7118d), the descriptor width in IQA (515457757f), so
 * that a driver which reads, changes one field and writes took the unit out of its mode. The masks
 * below name only bits that every unit with the capability must implement: address bits above the
 * host address width, bit 11 of RTADDR where mode 11b does not exist, and a domain-id's bits above
 * CAP.ND are each unit's own choice. Other widths of access are none that the specification
 * allows; they have ended emulators (QEMU b7a7bb358f), and run only when named.
 */
#include "tests/suites/registers/register_access.h"

#include "tests/engine/platform.h"
#include "tests/scenes/bit_ranges.h"
#include "tests/suites/suites.h"

/* Address bits that a unit must implement: up to the host address width. */
static uint64_t address_bits(const struct caps *caps)
{
	(void)caps;
	return ((UINT64_C(1) << platform.dmar.host_address_bits) - 1) & FIELD_MASK(RTADDR_RTA);
}

/* Bit 11 is writable for certain only where mode 11 exists. */
static uint64_t ttm_bits(const struct caps *caps)
{
	return caps_has(caps, CAPABILITY_ADMS) ? FIELD_MASK(RTADDR_TTM)
					       : reg_put(RTADDR_TTM, TTM_SCALABLE);
}

static uint64_t ssirwe_bit(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(RTADDR_SSIRWE);
}

static uint64_t queue_address_bits(const struct caps *caps)
{
	return address_bits(caps) | FIELD_MASK(IQA_QS);
}

static uint64_t queue_width_bit(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(IQA_DW);
}

static uint64_t tail_bits(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(IQT_QT);
}

static uint64_t interrupt_table_bits(const struct caps *caps)
{
	return address_bits(caps) | FIELD_MASK(IRTA_S);
}

static uint64_t interrupt_mode_bit(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(IRTA_EIME);
}

static uint64_t domain_bits(const struct caps *caps)
{
	return caps_domain_count(caps) - 1;
}

static uint64_t context_command_bits(const struct caps *caps)
{
	return FIELD_MASK(CCMD_CIRG) | domain_bits(caps);
}

static uint64_t iotlb_command_bits(const struct caps *caps)
{
	return FIELD_MASK(IOTLB_IIRG) | domain_bits(caps) << FIELD_LOW_BIT(IOTLB_DID);
}

static uint64_t event_mask_bit(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(EVENT_CTL_IM);
}

static uint64_t event_data_bits(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(EVENT_DATA_IMD);
}

static uint64_t event_address_bits(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(EVENT_ADDR_MA);
}

static uint64_t event_upper_bits(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(EVENT_UADDR_MUA);
}

static uint64_t page_queue_bits(const struct caps *caps)
{
	return address_bits(caps) | FIELD_MASK(PQA_PQS);
}

static uint64_t page_queue_offset_bits(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(PQH_PQH);
}

static uint64_t memory_type_bits(const struct caps *caps)
{
	(void)caps;
	return FIELD_MASK(MTRRDEF_E) | FIELD_MASK(MTRRDEF_FE);
}

static uint64_t fixed_range_bits(const struct caps *caps)
{
	(void)caps;
	return 0x0707070707070707; /* the types that there are */
}

static uint64_t monitoring_bit(const struct caps *caps)
{
	(void)caps;
	return reg_put(RDTC_RMID, 1);
}

/* W(id, offset, bits, mask, needs, spec, title): what must keep what is written to it. */
#define WRITABLE_REGISTERS(W)                                                                      \
	W("rtaddr", REG_RTADDR, 64, address_bits, 0, "Root Table Address Register",                \
	  "RTADDR keeps the root table's address")                                                 \
	W("rtaddr-ttm", REG_RTADDR, 64, ttm_bits, NEED(SMTS), "Root Table Address Register",       \
	  "QEMU 8fdee7118d: RTADDR keeps the table mode")                                          \
	W("rtaddr-ssirwe", REG_RTADDR, 64, ssirwe_bit, NEED(SSIRWS),                               \
	  "Root Table Address Register", "RTADDR keeps SSIRWE")                                    \
	W("ccmd", REG_CCMD, 64, context_command_bits, 0, "Context Command Register",               \
	  "CCMD keeps granularity and domain")                                                     \
	W("iotlb", REG_IOTLB_BLOCK, 64, iotlb_command_bits, 0, "IOTLB Invalidate Register",        \
	  "IOTLB_REG keeps granularity and domain")                                                \
	W("fectl", REG_FECTL, 32, event_mask_bit, 0, "Fault Event Control Register",               \
	  "FECTL keeps IM")                                                                        \
	W("fedata", REG_FEDATA, 32, event_data_bits, 0, "Fault Event Data Register",               \
	  "FEDATA keeps the message data")                                                         \
	W("feaddr", REG_FEADDR, 32, event_address_bits, 0, "Fault Event Address Register",         \
	  "FEADDR keeps the message address")                                                      \
	W("feuaddr", REG_FEUADDR, 32, event_upper_bits, NEED(EIM),                                 \
	  "Fault Event Upper Address Register", "FEUADDR keeps the upper message address")         \
	W("iqt", REG_IQT, 64, tail_bits, NEED(QI), "Invalidation Queue Tail Register",             \
	  "IQT keeps the tail while the queue is off")                                             \
	W("iqa", REG_IQA, 64, queue_address_bits, NEED(QI), "Invalidation Queue Address Register", \
	  "IQA keeps address and size while the queue is off")                                     \
	W("iqa-dw", REG_IQA, 64, queue_width_bit, NEED(QI) | NEED(SMTS),                           \
	  "Invalidation Queue Address Register", "QEMU 515457757f: IQA keeps the width")           \
	W("iectl", REG_IECTL, 32, event_mask_bit, NEED(QI), "Invalidation Event Control Register", \
	  "IECTL keeps IM")                                                                        \
	W("iedata", REG_IEDATA, 32, event_data_bits, NEED(QI), "Invalidation Event Data Register", \
	  "IEDATA keeps the message data")                                                         \
	W("ieaddr", REG_IEADDR, 32, event_address_bits, NEED(QI),                                  \
	  "Invalidation Event Address Register", "IEADDR keeps the message address")               \
	W("ieuaddr", REG_IEUADDR, 32, event_upper_bits, NEED(QI) | NEED(EIM),                      \
	  "Invalidation Event Upper Address Register", "IEUADDR keeps the upper message address")  \
	W("irta", REG_IRTA, 64, interrupt_table_bits, NEED(IR),                                    \
	  "Interrupt Remapping Table Address Register", "IRTA keeps address and size")             \
	W("irta-eime", REG_IRTA, 64, interrupt_mode_bit, NEED(IR) | NEED(EIM),                     \
	  "Interrupt Remapping Table Address Register", "asterinas 3920: IRTA keeps EIME")         \
	W("pqh", REG_PQH, 64, page_queue_offset_bits, NEED(PRS),                                   \
	  "Page Request Queue Head Register", "PQH keeps the head")                                \
	W("pqt", REG_PQT, 64, page_queue_offset_bits, NEED(PRS),                                   \
	  "Page Request Queue Tail Register", "PQT keeps the tail")                                \
	W("pqa", REG_PQA, 64, page_queue_bits, NEED(PRS), "Page Request Queue Address Register",   \
	  "PQA keeps address and size")                                                            \
	W("pectl", REG_PECTL, 32, event_mask_bit, NEED(PRS),                                       \
	  "Page Request Event Control Register", "PECTL keeps IM")                                 \
	W("pedata", REG_PEDATA, 32, event_data_bits, NEED(PRS),                                    \
	  "Page Request Event Data Register", "PEDATA keeps the message data")                     \
	W("peaddr", REG_PEADDR, 32, event_address_bits, NEED(PRS),                                 \
	  "Page Request Event Address Register", "PEADDR keeps the message address")               \
	W("peuaddr", REG_PEUADDR, 32, event_upper_bits, NEED(PRS) | NEED(EIM),                     \
	  "Page Request Event Upper Address Register", "PEUADDR keeps the upper message address")  \
	W("mtrrdef", REG_MTRRDEF, 64, memory_type_bits, NEED(MTS), "MTRR Default Type Register",   \
	  "MTRRDEF keeps its enables")                                                             \
	W("mtrr-fixed", REG_MTRR_FIX64K_00000, 64, fixed_range_bits, NEED(MTS),                    \
	  "Fixed-Range MTRRs", "a fixed-range memory type register keeps its types")               \
	W("rdtc", REG_RDTC, 64, monitoring_bit, NEED(RDTS), "RDT Configuration Register",          \
	  "RDTC keeps RMID")

/* How a register is accessed: whole, or a 64-bit one in two halves, in either order. */
enum access { WHOLE, HALVES, HIGH_HALF_FIRST };

static uint64_t read_as(struct unit *unit, uint32_t offset, unsigned int bits, enum access access)
{
	if (bits == 32 || access == WHOLE)
		return unit_read(unit, offset, bits);
	return unit_read32(unit, offset) | (uint64_t)unit_read32(unit, offset + 4) << 32;
}

static void write_as(struct unit *unit, uint32_t offset, unsigned int bits, enum access access,
		     uint64_t value)
{
	if (bits == 32 || access == WHOLE) {
		unit_write(unit, offset, bits, value);
	} else {
		unsigned int first = access == HIGH_HALF_FIRST ? 4 : 0;

		unit_write32(unit, offset + first, (uint32_t)(value >> first * 8));
		unit_write32(unit, offset + 4 - first, (uint32_t)(value >> (4 - first) * 8));
	}
}

/* Bits of a register that did not follow. */
struct unfaithful {
	uint64_t stay_0, stay_1, differ_in_halves;
};

static void try_pattern(struct unit *unit, const struct writable_register *reg, uint32_t offset,
			enum access access, uint64_t value, uint64_t mask, struct unfaithful *bad)
{
	uint64_t whole, halves;

	write_as(unit, offset, reg->bits, access, value);
	whole = read_as(unit, offset, reg->bits, WHOLE);
	halves = read_as(unit, offset, reg->bits, HALVES);
	bad->stay_0 |= value & ~whole & mask;
	bad->stay_1 |= ~value & whole & mask;
	bad->differ_in_halves |= (whole ^ halves) & mask;
}

static void try_patterns(struct unit *unit, const struct writable_register *reg, uint32_t offset,
			 enum access access, uint64_t mask, struct unfaithful *bad)
{
	static const uint64_t patterns[] = {
		0, UINT64_MAX, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa, 0x0f1e2d3c4b5a6978,
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		try_pattern(unit, reg, offset, access, patterns[i] & mask, mask, bad);
	for (unsigned int bit = 0; bit < 64; bit++) {
		uint64_t one = mask & UINT64_C(1) << bit;

		if (!one)
			continue;
		try_pattern(unit, reg, offset, access, one, mask, bad);
		try_pattern(unit, reg, offset, access, mask & ~one, mask, bad);
	}
}

static void tell(struct test_run *run, const char *access, uint64_t bits, const char *what)
{
	char text[120];

	bit_ranges_format(text, sizeof(text), &bits, 1);
	if (bits)
		test_fail(run, "%sbits %s %s", access, text, what);
}

static void read_back_as(struct test_run *run, const struct writable_register *reg, uint32_t offset,
			 enum access access)
{
	static const char *const names[] = { "64-bit: ", "halves: ", "high half first: " };
	const char *words = reg->bits == 32 ? "" : names[access];
	struct unfaithful bad = { 0 };

	try_patterns(run->unit, reg, offset, access, reg->mask(&run->unit->caps), &bad);
	tell(run, words, bad.stay_0, "stay 0");
	tell(run, words, bad.stay_1, "stay 1");
	tell(run, words, bad.differ_in_halves, "read otherwise in halves");
}

LINKED_RUN(run_read_back, struct writable_register, reg)
{
	struct unit *unit = run->unit;
	uint32_t offset = reg->offset;
	uint64_t before, queue;

	if (offset == REG_IOTLB_BLOCK)
		offset = caps_iotlb_offset_bytes(&unit->caps) + REG_IOTLB_IN_BLOCK;
	if ((reg->offset == REG_IOTLB_BLOCK || reg->offset == REG_CCMD) &&
	    caps_major(&unit->caps) >= 6) {
		test_skip(run, "unit %u has major version %u: no register-based invalidation",
			  unit->index, caps_major(&unit->caps));
		return;
	}
	before = read_as(unit, offset, reg->bits, WHOLE) & reg->mask(&unit->caps);
	queue = unit_read64(unit, REG_IQA);
	if (offset == REG_IQT) /* the largest ring: no tail lies outside */
		unit_write64(unit, REG_IQA, FIELD_MASK(IQA_QS));
	read_back_as(run, reg, offset, WHOLE);
	if (reg->bits == 64) {
		read_back_as(run, reg, offset, HALVES);
		read_back_as(run, reg, offset, HIGH_HALF_FIRST);
	}
	write_as(unit, offset, reg->bits, WHOLE, before);
	if (offset == REG_IQT)
		unit_write64(unit, REG_IQA, queue);
}

const struct writable_register *register_access_of(const struct test *test)
{
	return test->run == run_read_back ? test->link : NULL;
}

/* Rows of reserved bits that the specification says read 0, whatever anybody wrote. */
static const struct {
	const char *name;
	uint32_t offset;
	unsigned int bits;
	uint64_t reserved;
	uint64_t needs;
} reserved_bits[] = {
	{ "GSTS", REG_GSTS, 32, FIELD_MASK(22, 0), 0 },
	{ "RTADDR", REG_RTADDR, 64, FIELD_MASK(9, 8) | FIELD_MASK(6, 0), 0 },
	{ "FSTS", REG_FSTS, 32, FIELD_MASK(31, 16), 0 },
	{ "FEADDR", REG_FEADDR, 32, FIELD_MASK(1, 0), 0 },
	{ "IQH", REG_IQH, 64, FIELD_MASK(63, 19) | FIELD_MASK(3, 0), NEED(QI) },
	{ "IQT", REG_IQT, 64, FIELD_MASK(63, 19) | FIELD_MASK(3, 0), NEED(QI) },
	{ "IQA", REG_IQA, 64, FIELD_MASK(10, 3), NEED(QI) },
	{ "ICS", REG_ICS, 32, FIELD_MASK(31, 1), NEED(QI) },
	{ "IEADDR", REG_IEADDR, 32, FIELD_MASK(1, 0), NEED(QI) },
	{ "IQERCD", REG_IQERCD, 64, FIELD_MASK(31, 4), NEED(QI) },
	{ "IRTA", REG_IRTA, 64, FIELD_MASK(10, 4), NEED(IR) },
	{ "PQH", REG_PQH, 64, FIELD_MASK(63, 19) | FIELD_MASK(4, 0), NEED(PRS) },
	{ "PQT", REG_PQT, 64, FIELD_MASK(63, 19) | FIELD_MASK(4, 0), NEED(PRS) },
	{ "PQA", REG_PQA, 64, FIELD_MASK(11, 3), NEED(PRS) },
	{ "PRS", REG_PRS, 32, FIELD_MASK(31, 2), NEED(PRS) },
};

/* Of IOTLB_REG, which lies where ECAP.IRO says. */
static void iotlb_reads_zero(struct test_run *run)
{
	struct unit *unit = run->unit;

	EXPECT_EQ(run, unit_read32(unit, caps_iotlb_offset_bytes(&unit->caps) + REG_IOTLB_IN_BLOCK),
		  0);
}

static void reserved_reads_zero(struct test_run *run)
{
	if (caps_major(&run->unit->caps) < 6)
		iotlb_reads_zero(run);
	for (size_t i = 0; i < sizeof(reserved_bits) / sizeof(reserved_bits[0]); i++) {
		uint64_t value;
		char text[120];

		if (caps_missing(&run->unit->caps, reserved_bits[i].needs))
			continue;
		value = read_as(run->unit, reserved_bits[i].offset, reserved_bits[i].bits, WHOLE) &
			reserved_bits[i].reserved;
		bit_ranges_format(text, sizeof(text), &value, 1);
		if (value)
			test_fail(run, "%s reads 1 in bits %s", reserved_bits[i].name, text);
	}
}

static void gsts_read_only(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t before = unit_read32(unit, REG_GSTS);

	unit_write32(unit, REG_GSTS, UINT32_MAX);
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), before);
	unit_write32(unit, REG_GSTS, 0);
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), before);
}

/* `arg` is the offset of a register of 64 bits that is read-only as a whole. */
static void run_read_only(struct test_run *run)
{
	struct unit *unit = run->unit;
	const uint32_t offset = run->test->arg;
	const uint64_t before = unit_read64(unit, offset);

	unit_write64(unit, offset, UINT64_MAX);
	EXPECT_EQ(run, unit_read64(unit, offset), before);
	unit_write64(unit, offset, 0);
	EXPECT_EQ(run, unit_read64(unit, offset), before);
}

/* GCMD is write-only and what it reads is undefined: reading it must change nothing. */
static void gcmd_reads(struct test_run *run)
{
	struct unit *unit = run->unit;
	uint32_t before = unit_read32(unit, REG_GSTS);

	(void)unit_read32(unit, REG_GCMD);
	EXPECT_EQ(run, unit_read32(unit, REG_GSTS), before);
}

/*
 * `arg` is the offset of a register of 32 bits. Not a width the specification allows: the unit may do
 * what it likes with it, but must live on.
 */
static void run_write_wide(struct test_run *run)
{
	struct unit *unit = run->unit;

	unit_write64(unit, run->test->arg, FIELD_MASK(EVENT_CTL_IM));
	EXPECT_EQ(run, unit_read32(unit, REG_VER), unit->caps.ver);
	EXPECT_EQ(run, unit_read64(unit, REG_CAP), unit->caps.cap);
}

#define WRITABLE_TEST(name, reg_at, reg_bits, reg_mask, reg_needs, reg_spec, reg_title) \
	{ .id = "reg." name,                                                            \
	  .title = (reg_title),                                                         \
	  .spec = (reg_spec),                                                           \
	  .flags = TEST_WITHOUT_AGENT,                                                  \
	  .needs = (reg_needs),                                                         \
	  .run = LINKED(run_read_back, .offset = (reg_at), .bits = (reg_bits),          \
			.mask = (reg_mask)) },

#define READ_ONLY_TEST(name, reg, needed, reg_spec)                                          \
	{                                                                                    \
		.id = "reg." name "-read-only", .title = "writing " #reg " changes nothing", \
		.spec = (reg_spec), .flags = TEST_WITHOUT_AGENT, .needs = NEED(needed),      \
		.run = run_read_only, .arg = REG_##reg                                       \
	}

static const struct test tests[] = {
	WRITABLE_REGISTERS(WRITABLE_TEST){ .id = "reg.reserved-zero",
					   .title = "reserved bits read 0",
					   .spec = "Register Attributes",
					   .flags = TEST_WITHOUT_AGENT,
					   .run = reserved_reads_zero },
	{ .id = "reg.gsts-read-only",
	  .title = "writing GSTS changes nothing",
	  .spec = "Global Status Register",
	  .flags = TEST_WITHOUT_AGENT,
	  .run = gsts_read_only },
	READ_ONLY_TEST("iqercd", IQERCD, QI, "Invalidation Queue Error Record Register"),
	READ_ONLY_TEST("iqh", IQH, QI, "Invalidation Queue Head Register"),
	READ_ONLY_TEST("mtrrcap", MTRRCAP, MTS, "MTRR Capability Register"),
	READ_ONLY_TEST("ecrsp", ECRSP, ECMDS, "Enhanced Command Response Register"),
	{ .id = "reg.gcmd-reads",
	  .title = "ACRN e95b316dd: reading GCMD, which is write-only, does nothing",
	  .spec = "Global Command Register",
	  .flags = TEST_WITHOUT_AGENT,
	  .run = gcmd_reads },
	{ .id = "reg.wide-write-fectl",
	  .title = "a 64-bit write to FECTL does not end the machine",
	  .spec = "Software Access to Registers",
	  .flags = TEST_WITHOUT_AGENT | TEST_ONLY_BY_NAME,
	  .run = run_write_wide,
	  .arg = REG_FECTL },
	{ .id = "reg.wide-write-feaddr",
	  .title = "QEMU b7a7bb358f: a 64-bit write to FEADDR does not end the machine",
	  .spec = "Software Access to Registers",
	  .flags = TEST_WITHOUT_AGENT | TEST_ONLY_BY_NAME,
	  .run = run_write_wide,
	  .arg = REG_FEADDR },
	{ .id = "reg.wide-write-iectl",
	  .title = "a 64-bit write to IECTL does not end the machine",
	  .spec = "Software Access to Registers",
	  .flags = TEST_WITHOUT_AGENT | TEST_ONLY_BY_NAME,
	  .needs = NEED(QI),
	  .run = run_write_wide,
	  .arg = REG_IECTL },
};

const struct suite suite_register_access = SUITE("reg", tests);
