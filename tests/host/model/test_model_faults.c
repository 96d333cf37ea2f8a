/* SPDX-License-Identifier: MIT */
/*
 * Every fault condition of legacy mode, of scalable mode with second stage and pass-through, and of
 * the root table address register: reason, whole record, suppression by FPD, and what a device TLB
 * is answered.
 */
#include "tests/host/check.h"
#include "tests/host/model/model_fixture.h"

enum place {
	NONE,
	ROOT0,
	ROOT1,
	CTX0,
	CTX1,
	CTX2,
	CTX3,
	DIR,
	PE0,
	PE1,
	PE2,
	PE3,
	PE4,
	PE5,
	PE6,
	PE7,
	L1,
	L2,
	L3,
	L4,
	L5,
	RTADDR
};

struct poke {
	enum place place;
	uint64_t clear, set;
};

enum outcome { UR, CA, NOTHING };

struct fault_case {
	uint8_t reason;
	bool qualified; /* by an FPD in the context entry */
	enum outcome ats;
	struct poke poke;
	uint64_t cap_clear, ecap_clear; /* the unit's capabilities, less these */
	uint64_t address;		/* 0: IOVA */
};

static const struct fault_case legacy_cases[] = {
	{ 0x08, false, CA, { RTADDR, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x01, false, UR, { ROOT0, 1, 0 }, 0, 0, 0 },
	{ 0x01, false, UR, { ROOT0, UINT64_MAX, 0xFFE }, 0, 0, 0 }, /* P = 0: the rest is ignored */
	{ 0x0A, false, CA, { ROOT0, 0, B(1) }, 0, 0, 0 },
	{ 0x0A, false, CA, { ROOT0, 0, B(11) }, 0, 0, 0 },
	{ 0x0A, false, CA, { ROOT0, 0, B(52) }, 0, 0, 0 },
	{ 0x0A, false, CA, { ROOT0, 0, B(63) }, 0, 0, 0 },
	{ 0x0A, false, CA, { ROOT1, 0, B(0) }, 0, 0, 0 },
	{ 0x0A, false, CA, { ROOT1, 0, B(63) }, 0, 0, 0 },
	{ 0x09, false, CA, { ROOT0, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x02, true, UR, { CTX0, 1, 0 }, 0, 0, 0 },
	{ 0x02, true, UR, { CTX0, 1, 0xFF0 }, 0, 0, 0 },
	{ 0x0B, true, CA, { CTX0, 0, B(4) }, 0, 0, 0 },
	{ 0x0B, true, CA, { CTX0, 0, B(11) }, 0, 0, 0 },
	{ 0x0B, true, CA, { CTX0, 0, B(52) }, 0, 0, 0 },
	{ 0x0B, true, CA, { CTX1, 0, B(7) }, 0, 0, 0 },
	{ 0x0B, true, CA, { CTX1, 0, B(24) }, 0, 0, 0 },
	{ 0x0B, true, CA, { CTX1, 0, B(63) }, 0, 0, 0 },
	{ 0x0B, true, CA, { CTX1, 0, B(8 + 14) }, B(1), 0, 0 }, /* ND = 4: 12-bit domain ids */
	{ 0x03, true, CA, { CTX1, 7, 0 }, 0, 0, 0 },
	{ 0x03, true, CA, { CTX1, 7, 4 }, 0, 0, 0 },
	{ 0x03, true, CA, { CTX1, 7, 7 }, 0, 0, 0 },
	{ 0x03, true, CA, { NONE, 0, 0 }, B(10), 0, 0 }, /* SAGAW without 4 levels */
	{ 0x03, true, CA, { CTX0, 0, 3 << 2 }, 0, 0, 0 },
	{ 0x03, true, CA, { CTX0, 3 << 2, 2 << 2 }, 0, B(6), 0 }, /* pass-through without PT */
	{ 0x03, true, CA, { CTX0, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x07, true, CA, { L4, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x07, true, CA, { L3, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x07, true, CA, { L2, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x0C, true, CA, { L4, 0, B(7) }, 0, 0, 0 },
	{ 0x0C, true, CA, { L4, 0, B(11) }, 0, 0, 0 },
	{ 0x0C, true, CA, { L3, 0, B(11) }, 0, 0, 0 },
	{ 0x0C, true, CA, { L2, 0, B(11) }, 0, 0, 0 },
	{ 0x0C, true, CA, { L4, 0, B(62) }, 0, 0, 0 },
	{ 0x0C, true, CA, { L1, 0, B(62) }, 0, 0, 0 },
	{ 0x0C, true, CA, { L1, 0, B(11) }, 0, B(7), 0 }, /* SNP without SC */
	{ 0x0C, true, CA, { L3, 0, B(7) }, B(35), 0, 0 }, /* PS without 1 GiB pages */
	{ 0x0C, true, CA, { L2, 0, B(7) }, B(35) | B(34), 0, 0 },
	{ 0x0C, true, CA, { L3, 0xFFF000, B(7) | B(12) }, 0, 0, 0 },
	{ 0x0C, true, CA, { L3, POINTER, B(7) | B(29) }, 0, 0, 0 },
	{ 0x0C, true, CA, { L2, POINTER, B(7) | B(20) }, 0, 0, 0 },
	{ 0x05, true, NOTHING, { L1, 3, 0 }, 0, 0, 0 },
	{ 0x05, true, NOTHING, { L2, 3, 0 }, 0, 0, 0 },
	{ 0x05, true, NOTHING, { L4, 3, 0 }, 0, 0, 0 },
	{ 0x0E, true, CA, { L1, POINTER, 0xFEE12000 }, 0, 0, 0 },
	{ 0x04, true, NOTHING, { NONE, 0, 0 }, 0, 0, B(48) },
	{ 0x04, true, NOTHING, { NONE, 0, 0 }, UINT64_C(0x3F) << 16, 0, B(45) }, /* MGAW 45 */
	{ 0x30, false, CA, { RTADDR, 0, B(7) }, 0, 0, 0 },
	{ 0x30, false, CA, { RTADDR, 0, 2 << 10 }, 0, 0, 0 },
	{ 0x30, false, CA, { RTADDR, 0, 3 << 10 }, 0, B(52), 0 },
	{ 0x33, false, UR, { RTADDR, 0, 3 << 10 }, 0, 0, 0 },
};

static const struct fault_case scalable_cases[] = {
	{ 0x38, false, CA, { RTADDR, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x39, false, UR, { ROOT0, 1, 0 }, 0, 0, 0 },
	{ 0x39, false, UR, { ROOT0, 1, 0xFFE }, 0, 0, 0 },
	{ 0x3A, false, CA, { ROOT0, 0, B(1) }, 0, 0, 0 },
	{ 0x3A, false, CA, { ROOT0, 0, B(11) }, 0, 0, 0 },
	{ 0x3A, false, CA, { ROOT0, 0, B(52) }, 0, 0, 0 },
	{ 0x3A, false, CA, { ROOT1, 0, B(0) | B(5) }, 0, 0, 0 },
	{ 0x40, false, CA, { ROOT0, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x41, true, UR, { CTX0, 1, 0 }, 0, 0, 0 },
	{ 0x42, true, CA, { CTX0, 0, B(7) }, 0, 0, 0 },
	{ 0x42, true, CA, { CTX0, 0, B(8) }, 0, 0, 0 },
	{ 0x42, true, CA, { CTX0, 0, B(52) }, 0, 0, 0 },
	{ 0x42, true, CA, { CTX0, 0, B(5) }, 0, 0, 0 },		    /* HPTE without HPTS */
	{ 0x42, true, CA, { CTX0, 0, B(6) }, 0, B(56), 0 },	    /* EPTR without PTRS */
	{ 0x42, true, CA, { CTX0, 0, B(4) }, 0, B(29), 0 },	    /* PRE without PRS */
	{ 0x42, true, CA, { CTX0, 0, B(3) }, 0, B(40) | B(56), 0 }, /* PASIDE without PASID */
	{ 0x42, true, CA, { CTX1, 0, B(0) }, 0, B(49), 0 },	    /* RID_PASID without RPS */
	{ 0x42, true, CA, { CTX1, 0, B(20) }, 0, B(53), 0 },	    /* RID_PRIV without RPRIVS */
	{ 0x42, true, CA, { CTX1, 0, B(21) }, 0, 0, 0 },
	{ 0x42, true, CA, { CTX1, 0, B(63) }, 0, 0, 0 },
	{ 0x42, true, CA, { CTX2, 0, B(0) }, 0, 0, 0 },
	{ 0x42, true, CA, { CTX3, 0, B(63) }, 0, 0, 0 },
	{ 0x43, true, CA, { CTX0, B(2), B(4) }, 0, 0, 0 }, /* PRE without DTE */
	{ 0x43, true, CA, { CTX1, 0, 8192 }, 0, 0, 0 },	   /* RID_PASID beyond PDTS 0 */
	{ 0x43, true, CA, { CTX0, B(3), B(6) }, 0, 0, 0 }, /* EPTR without PASIDE */
	{ 0x50, false, CA, { CTX0, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x51, true, NOTHING, { DIR, 1, 0 }, 0, 0, 0 },
	{ 0x51, true, NOTHING, { DIR, 1, B(2) }, 0, 0, 0 },
	{ 0x52, true, CA, { DIR, 0, B(2) }, 0, 0, 0 },
	{ 0x52, true, CA, { DIR, 0, B(11) }, 0, 0, 0 },
	{ 0x52, true, CA, { DIR, 0, B(52) }, 0, 0, 0 },
	{ 0x58, false, CA, { DIR, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x59, true, NOTHING, { PE0, 1, 0 }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE0, 0, B(5) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE0, 0, B(10) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE0, 0, B(11) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE0, 0, B(52) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE0, 0, B(9) }, 0, B(45), 0 },		  /* SSADE without SSADS */
	{ 0x5A, true, CA, { PE0, 7 << 6, 4 << 6 }, 0, B(46) | B(57), 0 }, /* AW without SSTS */
	{ 0x5A, true, CA, { PE1, 0, B(12) }, B(1), 0, 0 },		  /* ND = 4 */
	{ 0x5A, true, CA, { PE1, 0, B(16) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE1, 0, B(22) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE1, 0, B(23) }, 0, B(48) | B(45), 0 }, /* PWSNP without SMPWCS */
	{ 0x5A, true, CA, { PE1, 0, B(24) }, 0, B(7), 0 },	    /* PGSNP without SC */
	{ 0x5A, true, CA, { PE1, 0, B(25) }, 0, B(25), 0 },	    /* CD, EMTE, PAT without MTS */
	{ 0x5A, true, CA, { PE1, 0, B(26) }, 0, B(25), 0 },
	{ 0x5A, true, CA, { PE1, 0, B(32) }, 0, B(25), 0 },
	{ 0x5A, true, CA, { PE1, 0, B(27) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE1, 0, B(31) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE2, 0, B(0) }, 0, B(31) | B(53), 0 }, /* SRE without SRS */
	{ 0x5A, true, CA, { PE2, 0, B(1) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE2, 0, B(2) }, 0, B(47), 0 }, /* FSPM, WPE, FSPTPTR without FSTS */
	{ 0x5A, true, CA, { PE2, 0, B(4) }, 0, B(47), 0 },
	{ 0x5A, true, CA, { PE2, 0, B(12) }, 0, B(47), 0 },
	{ 0x5A, true, CA, { PE2, 0, B(7) }, 0, B(34), 0 }, /* EAFE without EAFS */
	{ 0x5A, true, CA, { PE2, 0, B(8) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE2, 0, B(52) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE3, 0, B(0) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE4, 0, B(0) }, 0, 0, 0 }, /* host permission table fields */
	{ 0x5A, true, CA, { PE5, 0, B(0) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE6, 0, B(0) }, 0, 0, 0 },
	{ 0x5A, true, CA, { PE7, 0, B(63) }, 0, 0, 0 },
	{ 0x5B, true, CA, { PE0, 7 << 2, 0 }, 0, 0, 0 },
	{ 0x5B, true, CA, { PE0, 7 << 2, 4 << 2 }, 0, 0, 0 },
	{ 0x5B, true, CA, { NONE, 0, 0 }, B(10), 0, 0 },
	{ 0x5B, true, CA, { PE0, 7 << 6, 0 }, 0, 0, 0 },
	{ 0x5B, true, CA, { PE0, 7 << 6, 1 << 6 }, 0, B(47), 0 }, /* first stage without FSTS */
	{ 0x5B, true, CA, { PE0, 7 << 6, 3 << 6 }, 0, B(26), 0 }, /* nested without NEST */
	{ 0x5B, true, CA, { PE0, 7 << 6, 4 << 6 }, 0, B(6), 0 },
	{ 0x5B, true, CA, { PE0, 7 << 6, 5 << 6 }, 0, 0, 0 },
	{ 0x5B, true, CA, { PE0, 7 << 6, 7 << 6 }, 0, 0, 0 },
	{ 0x7B, true, CA, { PE0, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x78, true, CA, { L4, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x78, true, CA, { L3, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x78, true, CA, { L2, POINTER, NOWHERE }, 0, 0, 0 },
	{ 0x79, true, NOTHING, { L1, 3, 0 }, 0, 0, 0 },
	{ 0x79, true, NOTHING, { L2, 3, 0xF80 }, 0, 0, 0 }, /* nothing else is looked at */
	{ 0x79, true, NOTHING, { L4, 3, 0 }, 0, 0, 0 },
	{ 0x7A, true, CA, { L4, 0, B(7) }, 0, 0, 0 },
	{ 0x7A, true, CA, { L4, 0, B(11) }, 0, 0, 0 },
	{ 0x7A, true, CA, { L3, 0, B(11) }, 0, 0, 0 },
	{ 0x7A, true, CA, { L2, 0, B(11) }, 0, 0, 0 },
	{ 0x7A, true, CA, { L1, 0, B(62) }, 0, 0, 0 },
	{ 0x7A, true, CA, { L1, 0, B(11) }, 0, B(7), 0 },
	{ 0x7A, true, CA, { L2, POINTER, B(7) | B(11) }, 0, B(7), 0 },
	{ 0x7A, true, CA, { L3, 0, B(7) }, B(35), 0, 0 },
	{ 0x7A, true, CA, { L2, 0, B(7) }, B(35) | B(34), 0, 0 },
	{ 0x7A, true, CA, { L3, POINTER, B(7) | B(29) }, 0, 0, 0 },
	{ 0x7A, true, CA, { L2, POINTER, B(7) | B(12) }, 0, 0, 0 },
	{ 0x7C, true, CA, { PE0, 0, B(9) }, 0, 0, 0 }, /* SSADE, but PWSNP = 0 */
	{ 0x84, true, NOTHING, { NONE, 0, 0 }, 0, 0, B(48) },
	{ 0x84, true, NOTHING, { NONE, 0, 0 }, UINT64_C(0x3F) << 16, 0, B(45) },
	{ 0x87, true, CA, { L1, POINTER, 0xFEEFF000 }, 0, 0, 0 },
	{ 0x30, false, CA, { NONE, 0, 0 }, 0, B(43), 0 },
	{ 0x30, false, CA, { RTADDR, 1 << 10, 2 << 10 }, 0, 0, 0 },
};

static uint64_t place_address(enum place place)
{
	if (place == ROOT0 || place == ROOT1)
		return m.root + (place - ROOT0) * 8u;
	if (place >= CTX0 && place <= CTX3)
		return m.context + (place - CTX0) * 8u;
	if (place == DIR)
		return m.directory;
	if (place >= PE0 && place <= PE7)
		return m.pasid_table + (place - PE0) * 8u;
	return m.entries[place - L1 + 1];
}

static void apply(const struct poke *poke)
{
	uint64_t *word;

	if (poke->place == NONE)
		return;
	if (poke->place == RTADDR) {
		write64(&m, REG_RTADDR, (read64(&m, REG_RTADDR) & ~poke->clear) | poke->set);
		command(&m, 30, true);
		return;
	}
	word = word_at(&m, place_address(poke->place));
	*word = (*word & ~poke->clear) | poke->set;
}

/* A scene with one thing broken. */
static void broken_scene(const struct fault_case *c, bool scalable)
{
	struct model_config config = everything();

	config.cap &= ~c->cap_clear;
	if (c->cap_clear == UINT64_C(0x3F) << 16)
		config.cap |= UINT64_C(44) << 16;
	config.ecap &= ~c->ecap_clear;
	start(config);
	if (scalable)
		scalable_scene(&m, 4);
	else
		legacy_scene(&m, 4);
	/* The scene sets no bit of a capability that is gone. */
	apply(&c->poke);
}

static uint64_t info_of(uint64_t address)
{
	return address & ~UINT64_C(0xFFF);
}

static void check_untranslated(const struct fault_case *c, bool scalable)
{
	struct model_request r = request(MODEL_WRITE, c->address ? c->address : IOVA);
	struct model_answer answer;

	broken_scene(c, scalable);
	assert_false(model_translate(&m.unit, &r, &answer));
	if (answer.reason != c->reason)
		fail_msg("reason %02x, expected %02x (place %u set %llx)", answer.reason, c->reason,
			 c->poke.place, (unsigned long long)c->poke.set);
	assert_int_equal(answer.completion, MODEL_UNSUPPORTED);
	assert_true(answer.reported);
	assert_int_equal(fault_low(&m, 0), info_of(r.address));
	assert_int_equal(fault_high(&m, 0), B(63) | (uint64_t)c->reason << 32 | SID);
	assert_false(has_fault(&m, 1));
	assert_int_equal(read32(&m, REG_FSTS), 2);
	/* The same as a read of another device: T1, and the next record. */
	clear_faults(&m);
	if (c->reason == 0x05)
		return;
	r.kind = MODEL_READ;
	assert_int_equal(reason_of(&m, &r), c->reason);
	assert_int_equal(fault_high(&m, 1), B(63) | B(62) | (uint64_t)c->reason << 32 | SID);
	/* An atomic has T2 as well. */
	clear_faults(&m);
	r.kind = MODEL_ATOMIC;
	assert_int_equal(reason_of(&m, &r), c->reason);
	assert_int_equal(fault_high(&m, 2),
			 B(63) | B(62) | B(28) | (uint64_t)c->reason << 32 | SID);
}

/* FPD of the context entry silences exactly the qualified ones. */
static void check_context_fpd(const struct fault_case *c, bool scalable)
{
	struct model_request r = request(MODEL_WRITE, c->address ? c->address : IOVA);
	struct model_answer answer;

	broken_scene(c, scalable);
	*word_at(&m, m.context) |= 2;
	assert_false(model_translate(&m.unit, &r, &answer));
	assert_int_equal(answer.reason, c->reason);
	assert_int_equal(answer.reported, !c->qualified);
	assert_int_equal(has_fault(&m, 0), !c->qualified);
	/* Again, now that parts of it are cached. */
	clear_faults(&m);
	model_translate(&m.unit, &r, &answer);
	assert_int_equal(answer.reported, !c->qualified);
}

static void check_translation(const struct fault_case *c, bool scalable)
{
	struct model_request r = request(MODEL_READ, c->address ? c->address : IOVA);
	struct model_answer answer;

	if (c->poke.place == CTX0 && c->poke.clear == B(2))
		return; /* DTE is gone: that is another condition */
	broken_scene(c, scalable);
	if (!scalable && !(*word_at(&m, m.context) & 0xC))
		*word_at(&m, m.context) |= 1 << 2;
	r.type = MODEL_TRANSLATION;
	model_translate(&m.unit, &r, &answer);
	if (c->reason == 0x05) {
		/* "Success with effective permission" */
		assert_true(answer.ok && !answer.read && !answer.write);
		assert_int_equal(read32(&m, REG_FSTS), 0);
		return;
	}
	assert_int_equal(answer.reason, c->reason);
	assert_int_equal(answer.ok, c->ats == NOTHING);
	assert_false(answer.read || answer.write);
	if (c->ats != NOTHING) {
		assert_int_equal(answer.completion,
				 c->ats == CA ? MODEL_ABORTED : MODEL_UNSUPPORTED);
		assert_int_equal(fault_high(&m, 0),
				 B(63) | B(62) | B(60) | (uint64_t)c->reason << 32 | SID);
	} else {
		assert_int_equal(read32(&m, REG_FSTS), 0);
	}
}

static void legacy_rows(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(legacy_cases) / sizeof(legacy_cases[0]); i++) {
		check_untranslated(&legacy_cases[i], false);
		check_context_fpd(&legacy_cases[i], false);
		if (legacy_cases[i].ecap_clear != B(6))
			check_translation(&legacy_cases[i], false);
	}
}

static void scalable_rows(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(scalable_cases) / sizeof(scalable_cases[0]); i++) {
		check_untranslated(&scalable_cases[i], true);
		check_context_fpd(&scalable_cases[i], true);
		check_translation(&scalable_cases[i], true);
	}
}

/* Five levels: the top entry has its own reserved bits. */
static void top_level_reserved(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	legacy_scene(&m, 5);
	*word_at(&m, m.entries[5]) |= B(7);
	assert_int_equal(reason_of(&m, &r), 0x0C);
	start(everything());
	scalable_scene(&m, 5);
	*word_at(&m, m.entries[5]) |= B(11);
	assert_int_equal(reason_of(&m, &r), 0x7A);
	/* The widest address of 5 levels, and one bit more. */
	start(everything());
	scalable_scene(&m, 5);
	r.address = B(57) - 8;
	assert_int_equal(reason_of(&m, &r), 0x79);
	r.address = B(57);
	assert_int_equal(reason_of(&m, &r), 0x84);
}

/* Upper context table: its own half of the root entry. */
static void upper_half(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	r.sid = SID_UPPER;
	scalable_scene(&m, 4);
	copy_context(&m, SID_UPPER);
	assert_true(can(&m, &r, m.page));
	set_root(&m, m.root, TTM_SCALABLE);
	word_at(&m, m.root + 16)[1] &= ~B(0);
	assert_int_equal(reason_of(&m, &r), 0x39);
	word_at(&m, m.root + 16)[1] |= 1 | B(3);
	assert_int_equal(reason_of(&m, &r), 0x3A);
	word_at(&m, m.root + 16)[1] = NOWHERE | 1;
	assert_int_equal(reason_of(&m, &r), 0x40);
}

/* FPD of the PASID directory and table entry: present or not, cached or not. */
static void pasid_fpd(void **state)
{
	static const struct {
		struct poke fpd, fault;
		uint8_t reason;
		bool silent;
	} cases[] = {
		{ { DIR, 0, 2 }, { DIR, 1, 0 }, 0x51, true },
		{ { DIR, 0, 2 }, { DIR, 0, B(5) }, 0x52, true },
		{ { DIR, 0, 2 }, { DIR, POINTER, NOWHERE }, 0x58, false },
		{ { DIR, 0, 2 }, { PE0, 1, 0 }, 0x59, true },
		{ { DIR, 0, 2 }, { L1, 3, 0 }, 0x79, true },
		{ { PE0, 0, 2 }, { PE0, 1, 0 }, 0x59, true },
		{ { PE0, 0, 2 }, { PE0, 0, B(5) }, 0x5A, true },
		{ { PE0, 0, 2 }, { L1, 3, 0 }, 0x79, true },
		{ { PE0, 0, 2 }, { L1, 2, 0 }, 0x85, true },
		{ { PE0, 0, 2 }, { ROOT0, 1, 0 }, 0x39, false },
	};
	struct model_request r = request(MODEL_WRITE, IOVA);

	(void)state;
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start(everything());
		scalable_scene(&m, 4);
		apply(&cases[i].fpd);
		apply(&cases[i].fault);
		assert_int_equal(reason_of(&m, &r), cases[i].reason);
		assert_int_equal(has_fault(&m, 0), !cases[i].silent);
		assert_int_equal(reason_of(&m, &r), cases[i].reason);
		assert_int_equal(has_fault(&m, 0), !cases[i].silent);
	}
}

/* The FPD that came with a cached translation counts for the faults it causes. */
static void fpd_of_cached_translation(void **state)
{
	struct model_request r = request(MODEL_READ, IOVA);

	(void)state;
	legacy_scene(&m, 4);
	*word_at(&m, m.context) |= 2;
	*word_at(&m, m.entries[1]) &= ~B(1);
	assert_true(can(&m, &r, m.page));
	r.kind = MODEL_WRITE;
	assert_int_equal(reason_of(&m, &r), 0x05);
	assert_false(has_fault(&m, 0));
}

int run_faults(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(legacy_rows, setup),
		cmocka_unit_test_setup(scalable_rows, setup),
		cmocka_unit_test_setup(top_level_reserved, setup),
		cmocka_unit_test_setup(upper_half, setup),
		cmocka_unit_test_setup(pasid_fpd, setup),
		cmocka_unit_test_setup(fpd_of_cached_translation, setup),
	};

	return cmocka_run_group_tests_name("model fault rows", tests, NULL, NULL);
}
