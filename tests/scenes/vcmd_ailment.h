/* SPDX-License-Identifier: MIT */
/*
 * What can be wrong with a unit's virtual commands before any test has begun. A unit that is ill in one
 * way would fail nearly every test. So each ailment has one test that tells it, and the others skip
 * with that test's name. An ailment goes into the list of the suite whose test tells it.
 */
#pragma once

/* E(name, words): told by tests of suites/pasid/vcmd.c. */
#define VCMD_AILMENTS_OF_COMMANDS(E)                               \
	E(NO_LAYOUT, "its register layout is not known")           \
	E(SILENT, "a command is not answered")                     \
	E(IP_STUCK, "IP stays set beside an answer")               \
	E(UNSETTLED, "an answer changes after IP was cleared")     \
	E(UNDEFINED, "a command that VCCAP offers is refused")     \
	E(UNKNOWN_STATUS, "a status code has no meaning")          \
	E(OTHER_LAYOUT, "it answers in the other register layout") \
	E(MALFORMED, "reserved bits are set in an answer")

/* And of suites/pasid/vcmd_pasids.c. */
#define VCMD_AILMENTS_OF_PASIDS(E)                                                 \
	E(GIVES_NONE, "it allocates not one PASID")                                \
	E(GIVES_BESIDE, "it allocates PASIDs beside the status that none is left") \
	E(GIVES_ZERO, "it allocates PASID 0")                                      \
	E(GIVES_SHIFTED, "its PASIDs look 8 bits off")                             \
	E(GIVES_TOO_WIDE, "it allocates PASIDs beyond ECAP.PSS")                   \
	E(GIVES_TWICE, "it allocates a PASID twice")                               \
	E(TAKES_NONE, "it does not take an allocated PASID back")

#define VCMD_AILMENTS(E) VCMD_AILMENTS_OF_COMMANDS(E) VCMD_AILMENTS_OF_PASIDS(E)

#define VCMD_AILMENT_ENUM_(name, words) AILMENT_##name,
enum vcmd_ailment { AILMENT_NONE, VCMD_AILMENTS(VCMD_AILMENT_ENUM_) AILMENT_COUNT };
#undef VCMD_AILMENT_ENUM_

const char *vcmd_ailment_words(enum vcmd_ailment ailment);

/*
 * In the declaration of the test that tells an ailment. A second test that does so does not compile:
 * the constant is there already.
 */
#define TELLS(name) .tells = sizeof(enum { TOLD_##name = 1 }) ? AILMENT_##name : AILMENT_NONE

/* After the tests of a suite: an ailment of its list that none of them tells does not compile. */
#define IS_TOLD(name, words) _Static_assert(TOLD_##name, "no test tells " #name);
