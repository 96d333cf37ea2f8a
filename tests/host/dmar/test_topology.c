/* SPDX-License-Identifier: MIT */
/* topo=: what the words mean, what is refused and how, and the DMAR table that comes of it. */
#include "tests/host/check.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iommu/dmar/dmar.h"
#include "iommu/spec/caps.h"
#include "tests/units/topology.h"

static struct topology topology;
static struct dmar_storage storage;
static struct dmar dmar = { .storage = &storage };
static char error[400];

static const struct topology_unit *parse(const char *text)
{
	if (!topology_parse(text, &topology, error, sizeof(error)))
		fail_msg("%s: %s", text, error);
	return topology.units;
}

static struct caps caps_of(const struct topology_unit *unit)
{
	return (struct caps){ unit->config.version, unit->config.cap, unit->config.ecap };
}

static bool has(const struct topology_unit *unit, enum capability which)
{
	struct caps caps = caps_of(unit);

	return caps_has(&caps, which);
}

/* ---- meaning ---- */

static void note_rule(void *context, const char *rule)
{
	print_error("%s\n", rule);
	++*(unsigned int *)context;
}

static unsigned int illegality_count(const struct topology_unit *unit)
{
	unsigned int count = 0;

	topology_each_illegality(unit, note_rule, &count);
	return count;
}

static void kinds_are_legal(void **state)
{
	static const char *const kinds[] = {
		"sm",		"legacy", "qemu",     "all",	  "sm+vcs",
		"sm+vcs-draft", "sm+dt",  "sm+aw=57", "sm-pasid", "legacy-eim-ir+mhmv=0"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_int_equal(illegality_count(parse(kinds[i])), 0);
	parse(TOPOLOGY_DEFAULT);
	assert_int_equal(topology.unit_count, 2);
}

static void kinds_are_what_they_say(void **state)
{
	const struct topology_unit *unit = parse("sm,legacy,qemu,all");

	(void)state;
	assert_true(has(&unit[0], CAPABILITY_SMTS) && !has(&unit[0], CAPABILITY_VCS));
	assert_true(!has(&unit[1], CAPABILITY_SMTS) && has(&unit[1], CAPABILITY_QI));
	assert_int_equal(unit[2].config.cap, 0xd2008c222f0686);
	assert_int_equal(unit[2].config.ecap, 0x480080f00f4a);
	assert_true(has(&unit[3], CAPABILITY_SMTS) && has(&unit[3], CAPABILITY_DT));
	assert_int_equal(topology.host_address_bits, 48);
}

static void plus_gives_and_minus_takes(void **state)
{
	const struct topology_unit *unit = parse("sm+esrtps-pt,SM+CM-2m-1G,sm-c+ADMS-rps");

	(void)state;
	assert_true(has(&unit[0], CAPABILITY_ESRTPS) && !has(&unit[0], CAPABILITY_PT));
	assert_true(has(&unit[1], CAPABILITY_CM) && !has(&unit[1], CAPABILITY_ESRTPS));
	assert_false(has(&unit[1], CAPABILITY_SSLPS2M) || has(&unit[1], CAPABILITY_SSLPS1G));
	assert_true(has(&unit[2], CAPABILITY_ADMS));
	assert_false(has(&unit[2], CAPABILITY_C) || has(&unit[2], CAPABILITY_RPS));
}

static void values_reach_their_fields(void **state)
{
	const struct topology_unit *unit =
		parse("sm+nfr=7+pss=0x5+ver=6.1+mamv=9,all+aw=39,sm+aw=57,"
		      "legacy+cap=0x00c0008020660462+ecap=0xf050da,sm+sagaw=4+mgaw=46");
	struct caps caps = caps_of(&unit[0]);

	(void)state;
	assert_int_equal(caps_fault_record_count(&caps), 8);
	assert_int_equal(caps_pasid_bits(&caps), 6);
	assert_int_equal(caps_major(&caps), 6);
	assert_int_equal(caps_minor(&caps), 1);
	assert_int_equal(caps_max_address_mask(&caps), 9);
	caps = caps_of(&unit[1]);
	assert_int_equal(caps_best_levels(&caps), 3);
	assert_int_equal(caps_guest_address_bits(&caps), 39);
	caps = caps_of(&unit[2]);
	assert_int_equal(caps_best_levels(&caps), 5);
	assert_true(caps_has_levels(&caps, 3) && caps_has_levels(&caps, 4));
	assert_int_equal(caps_guest_address_bits(&caps), 57);
	assert_int_equal(unit[3].config.cap, 0x00c0008020660462);
	assert_int_equal(unit[3].config.ecap, 0xf050da);
	caps = caps_of(&unit[4]);
	assert_false(caps_has_levels(&caps, 3));
	assert_int_equal(caps_guest_address_bits(&caps), 47);
	assert_int_equal(topology.host_address_bits, 39); /* of unit 1 */
}

static void virtual_commands_in_every_state(void **state)
{
	const struct topology_unit *unit = parse(
		"sm+vcs,sm+vcs-draft,sm+vcs-pas,sm+pas,sm+vcs-draft-pas,all-vcs,sm+vcs-fps-ns");

	(void)state;
	assert_int_equal(unit[0].config.vcmd_layout, MODEL_VCMD_3_3);
	assert_int_equal(unit[0].config.vccap, 7);
	assert_int_equal(unit[1].config.vcmd_layout, MODEL_VCMD_DRAFT);
	assert_int_equal(unit[1].config.vccap, 1);
	assert_true(has(&unit[2], CAPABILITY_VCS));
	assert_int_equal(unit[2].config.vccap, 5);
	assert_false(has(&unit[3], CAPABILITY_VCS));
	assert_int_equal(unit[3].config.vcmd_layout, MODEL_VCMD_3_3);
	assert_int_equal(unit[3].config.vccap, 2);
	assert_int_equal(unit[4].config.vcmd_layout, MODEL_VCMD_DRAFT);
	assert_int_equal(unit[4].config.vccap, 0);
	assert_int_equal(unit[5].config.vcmd_layout, MODEL_VCMD_NONE);
	assert_int_equal(unit[6].config.vccap, 2);
}

static void misbehaviour_and_surroundings(void **state)
{
	const struct topology_unit *unit =
		parse("sm+vcs+slow=3+capacity=10+pasids=100+shared,sm+vcs+never-answers+status=5,"
		      "sm+absent=ones,sm+absent=0,sm+entry=sm-on+cm,legacy+entry=legacy-on-c,"
		      "sm+defect=tes_never_shows+defect=VCRSP_WRITABLE,sm+cap-flips=0xff-c,sm+"
		      "include-all");

	(void)state;
	assert_int_equal(unit[0].config.vcmd.answer_after_reads, 3);
	assert_int_equal(unit[0].config.vcmd.capacity, 10);
	assert_int_equal(unit[0].pasid_count, 100);
	assert_true(unit[0].shares_pasids && !unit[1].shares_pasids);
	assert_true(unit[1].config.vcmd.never_answers);
	assert_int_equal(unit[1].config.vcmd.forced_status, 5);
	assert_int_equal(unit[2].config.misbehaviour.presence, MODEL_READS_ONES);
	assert_int_equal(unit[3].config.misbehaviour.presence, MODEL_READS_ZERO);
	assert_int_equal(unit[4].entry, ENTRY_SM_ON);
	assert_true(has(&unit[4], CAPABILITY_CM));
	assert_int_equal(unit[5].entry, ENTRY_LEGACY_ON);
	assert_false(has(&unit[5], CAPABILITY_C));
	assert_int_equal(unit[6].defects[0], UINT64_C(1) << MODEL_DEFECT_TES_NEVER_SHOWS);
	assert_int_equal(unit[6].defects[MODEL_DEFECT_VCRSP_WRITABLE / 64],
			 UINT64_C(1) << (MODEL_DEFECT_VCRSP_WRITABLE % 64));
	assert_int_equal(unit[7].config.misbehaviour.cap_flips, 0xff);
	assert_false(has(&unit[7], CAPABILITY_C));
	assert_true(unit[8].includes_all);
}

static void host_width_is_one_for_all(void **state)
{
	(void)state;
	parse("sm,all+haw=46,legacy+haw=50");
	assert_int_equal(topology.host_address_bits, 46);
	topology_adopt_host_width(&topology, 50);
	assert_int_equal(topology.host_address_bits, 50);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(topology.units[i].config.host_address_bits, 50);
	assert_int_equal(illegality_count(&topology.units[0]), 1); /* MGAW is 48 bits */
	topology_adopt_host_width(&topology, 20);
	assert_int_equal(topology.host_address_bits, 32);
}

static void units_are_repeated(void **state)
{
	const struct topology_unit *unit = parse("sm*2,legacy+cm*3,qemu");

	(void)state;
	assert_int_equal(topology.unit_count, 6);
	assert_true(has(&unit[1], CAPABILITY_SMTS) && has(&unit[4], CAPABILITY_CM));
	assert_int_equal(unit[4].text_bytes, strlen("legacy+cm"));
	parse("sm*64");
	assert_int_equal(topology.unit_count, 64);
}

static void contradictions_are_told(void **state)
{
	(void)state;
	assert_int_equal(illegality_count(parse("sm+vcs-pasid")), 1); /* VCCAP.PAS */
	assert_true(illegality_count(parse("sm-qi")) > 0);
	assert_true(illegality_count(parse("legacy+vcs")) > 0);
	assert_true(illegality_count(parse("all-dt")) > 0);
	assert_int_equal(illegality_count(parse("sm+sslps=2")), 1);
	assert_int_equal(illegality_count(parse("sm+pas")), 1);
}

/* ---- refusals ---- */

static void bad_words_are_named(void **state)
{
	static const struct {
		const char *text, *words;
	} cases[] = {
		{ "", "character 1, \"\": no such kind of unit" },
		{ "foo", "character 1, \"foo\": no such kind of unit" },
		{ "sm,", "character 4, \"\": no such kind of unit" },
		{ "sm,,legacy", "character 4, \"\": no such kind of unit" },
		{ "sm+vsc", "character 4, \"vsc\": no such word" },
		{ "sm,legacy+pt+foo+cm", "character 14, \"foo\": no such word" },
		{ "sm+", "character 4, \"\": no such word" },
		{ "sm+legacy", "character 4, \"legacy\": a kind of unit stands before" },
		{ "smx", "character 1, \"smx\": no such kind" },
		{ "sm cm", "character 1, \"sm cm\": no such kind" },
		{ "sm-nfr", "character 4, \"nfr\": this word cannot be taken away" },
		{ "sm+cm=1", "character 4, \"cm=1\": this word takes no value" },
		{ "sm+nfr", "character 4, \"nfr\": a number that fits the field" },
		{ "sm+nfr=", "character 4, \"nfr=\": a number that fits the field" },
		{ "sm+nfr=256", "character 4, \"nfr=256\": a number that fits the field" },
		{ "sm+nfr=3x", "character 4, \"nfr=3x\": a number that fits the field" },
		{ "sm+nfr=3=4", "character 4, \"nfr=3=4\": a number that fits the field" },
		{ "sm+pss=99999999999999999999", "a number that fits the field" },
		{ "sm+aw=40", "character 4, \"aw=40\": 39, 48 or 57" },
		{ "sm+haw=53", "character 4, \"haw=53\": 32 to 52" },
		{ "sm+ver=1", "a version, for example 4.0" },
		{ "sm+ver=1.16", "a version, for example 4.0" },
		{ "sm+absent=maybe", "0 or ones" },
		{ "sm+entry=on", "legacy-on, sm-on, qi-on or ir-on" },
		{ "sm+defect=nonsense", "a name of tests/model/defects.def" },
		{ "sm+defect=", "a name of tests/model/defects.def" },
		{ "sm+status=0", "1 to 127" },
		{ "sm*0", "character 3: after * comes a number from 1 to 64" },
		{ "sm*65", "character 3: after * comes a number from 1 to 64" },
		{ "sm*", "character 3: after * comes a number from 1 to 64" },
		{ "sm*2+cm", "character 5, \"+cm\": after a unit comes a comma" },
		{ "sm*64,qemu", "character 7, \"qemu\": more than 64 units" },
		{ "legacy,sm*64", "character 8, \"sm\": more than 64 units" },
		{ "qemu,sm+hpts", "character 6, \"sm+hpts\": ECAP.HPTS" },
		{ "sm+fro=1", "character 1, \"sm+fro=1\": CAP.FRO" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (topology_parse(cases[i].text, &topology, error, sizeof(error)))
			fail_msg("\"%s\" is taken", cases[i].text);
		if (!strstr(error, cases[i].words))
			fail_msg("\"%s\": %s", cases[i].text, error);
	}
}

static void a_short_buffer_is_enough(void **state)
{
	char tiny[8];

	(void)state;
	assert_false(topology_parse("sm+nonsense", &topology, tiny, sizeof(tiny)));
	assert_string_equal(tiny, "topo=: ");
}

/* ---- the table ---- */

static void write_and_parse(const char *text, uint64_t stride, uint8_t first_bus)
{
	const struct topology_place place = {
		.base = 0xff00000000,
		.stride_bytes = stride,
		.segment = 0,
		.first_bus = first_bus,
	};
	uint8_t *table = malloc(TOPOLOGY_TABLE_BYTES);
	size_t bytes;
	uint8_t *copy;

	parse(text);
	bytes = topology_write_table(&topology, &place, table);
	assert_true(bytes <= TOPOLOGY_TABLE_BYTES);
	copy = malloc(bytes);
	memcpy(copy, table, bytes);
	assert_true(dmar_parse(copy, bytes, &dmar));
	free(table);
	free(copy);
}

static void table_is_faultless(void **state)
{
	(void)state;
	write_and_parse("sm*64", 65536, 0x80);
	assert_int_equal(dmar.problem_count, 0);
	assert_int_equal(dmar.unit_count, 64);
	assert_int_equal(dmar.host_address_bits, 48);
	assert_int_equal(dmar.flags, 0);
	for (unsigned int i = 0; i < 64; i++) {
		assert_int_equal(dmar.units[i].base, 0xff00000000 + i * 65536);
		assert_int_equal(dmar.units[i].size_pages_log2, 4);
	}
	write_and_parse("sm+irreq,legacy+include-all", 4096, 0x80);
	assert_int_equal(dmar.problem_count, 0);
	assert_int_equal(dmar.flags, DMAR_FLAG_INTR_REMAP);
	assert_true(dmar.units[1].include_all);
}

static void endpoints_lead_to_their_units(void **state)
{
	const struct topology_place place = { .first_bus = 0x80 };
	bool is_taken[65536] = { false };

	(void)state;
	write_and_parse("sm*64", 65536, 0x80);
	for (unsigned int u = 0; u < 64; u++)
		for (unsigned int e = 0; e < TOPOLOGY_ENDPOINTS; e++) {
			uint16_t sid = topology_endpoint_sid(&place, u, e);

			assert_false(is_taken[sid]);
			is_taken[sid] = true;
			assert_ptr_equal(dmar_unit_for_device(&dmar, 0, (uint8_t)(sid >> 8),
							      (uint8_t)sid, NULL, NULL),
					 &dmar.units[u]);
		}
	assert_null(dmar_unit_for_device(&dmar, 0, 0x80, 0, NULL, NULL));
	write_and_parse("sm,legacy+include-all", 65536, 0x80);
	assert_ptr_equal(dmar_unit_for_device(&dmar, 0, 0x81, 4 << 3, NULL, NULL), &dmar.units[1]);
}

/* INCLUDE_PCI_ALL before another unit breaks a rule: it is built all the same, and told. */
static void misplaced_include_all_is_told(void **state)
{
	(void)state;
	write_and_parse("sm+include-all,sm", 65536, 0x80);
	assert_non_null(dmar_find_problem(&dmar, DMAR_RULE_INCLUDE_ALL_LAST));
}

/* ---- the list of words ---- */

static bool is_listed(const char *document, const char *line)
{
	return strstr(document, line) != NULL;
}

static char *read_document(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = calloc(1, 65536);

	if (!file || !text)
		fail_msg("%s cannot be read from here", path);
	text[fread(text, 1, 65535, file)] = 0;
	fclose(file);
	return text;
}

static void document_lists_every_word(void **state)
{
	char *document = read_document("docs/TOPOLOGIES.md");
	const char *name, *value, *meaning;
	char line[400], lower[40];

	(void)state;
	for (unsigned int i = 0; (name = topology_word(i, &value, &meaning)); i++) {
		for (size_t c = 0; c <= strlen(name); c++)
			lower[c] = (char)tolower(name[c]);
		snprintf(line, sizeof(line), "| `%s%s` | %s | %s |\n", lower, *value ? "=" : "",
			 value, meaning);
		if (!is_listed(document, line))
			fail_msg("docs/TOPOLOGIES.md lacks this line:\n%s", line);
	}
	free(document);
}

/* Whatever can stand as a property does so, alone on each kind, without an unclear refusal. */
static void every_switch_can_be_given_and_taken(void **state)
{
	static const char *const kinds[] = { "sm", "legacy", "qemu", "all" };
	const char *name, *value, *meaning;
	unsigned int taken = 0;
	char text[80];

	(void)state;
	for (unsigned int i = 4; (name = topology_word(i, &value, &meaning)); i++)
		for (unsigned int k = 0; k < 4 && !*value; k++) {
			snprintf(text, sizeof(text), "%s-%s", kinds[k], name);
			parse(text);
			snprintf(text, sizeof(text), "%s+%s", kinds[k], name);
			if (topology_parse(text, &topology, error, sizeof(error)))
				taken++;
			else if (!strstr(error, "not modelled"))
				fail_msg("%s: %s", text, error);
		}
	assert_true(taken > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_are_legal),
		cmocka_unit_test(kinds_are_what_they_say),
		cmocka_unit_test(plus_gives_and_minus_takes),
		cmocka_unit_test(values_reach_their_fields),
		cmocka_unit_test(virtual_commands_in_every_state),
		cmocka_unit_test(misbehaviour_and_surroundings),
		cmocka_unit_test(host_width_is_one_for_all),
		cmocka_unit_test(units_are_repeated),
		cmocka_unit_test(contradictions_are_told),
		cmocka_unit_test(bad_words_are_named),
		cmocka_unit_test(a_short_buffer_is_enough),
		cmocka_unit_test(table_is_faultless),
		cmocka_unit_test(endpoints_lead_to_their_units),
		cmocka_unit_test(misplaced_include_all_is_told),
		cmocka_unit_test(document_lists_every_word),
		cmocka_unit_test(every_switch_can_be_given_and_taken),
	};

	return cmocka_run_group_tests_name("topology", tests, NULL, NULL);
}
