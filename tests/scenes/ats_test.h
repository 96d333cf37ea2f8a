/* SPDX-License-Identifier: MIT */
/*
 * What tests of device TLBs share: a unit whose tables allow translation requests and translated
 * requests of the test's agent, and what came of one. Only modelled agents send these.
 */
#pragma once

#include "tests/scenes/agents/endpoint.h"
#include "tests/scenes/scene_test.h"
#include "tests/test.h"

struct ats_test {
	struct endpoint *endpoint; /* the test's agent */
};

/*
 * Opens: the test's scene, proved, with TT 01b or DTE in the agent's context entry, and SSADE, EAFE and
 * so on as scenes have them: off. run->fixture is a struct ats_test.
 */
extern const struct fixture ats_test_fixture;

/* A translation request for the window's first page, to read and write, with the scene's PASID. */
struct model_request ats_test_request(const struct test_run *run);

/* A request to write 4 bytes to host memory: where target 0 lies. */
struct model_request ats_test_translated(const struct test_run *run);

enum { ATS_ANY_SIZE = 64 };

/* How a translation request is completed. A successful one says what follows, unless it grants nothing. */
struct ats_due {
	enum model_completion completion;
	bool read, write;
	bool untranslated_only;	 /* U */
	bool snooped;		 /* N */
	bool privileged;	 /* PRIV; told even where nothing is granted */
	bool is_elsewhere;	 /* the address is none of target 0's */
	unsigned int page_shift; /* 0: 12; ATS_ANY_SIZE: 12 or more */
	uint8_t reason;		 /* of the one fault that is recorded; 0: none is */
};

/* Sends it; `label`, which may be NULL, begins complaints. True if all was as due. */
bool ats_test_expect(struct test_run *run, const struct model_request *request,
		     const struct ats_due *due, const char *label);

/* The same of a translated request: let through to its own address (MODEL_SUCCESS), or kept out. */
void ats_test_expect_translated(struct test_run *run, const struct model_request *request,
				const struct ats_due *due, const char *label);

/* As the first of them, after a poke at the tables, which is taken back; everything is invalidated before and after. */
bool ats_test_expect_poked(struct test_run *run, const struct poke *pokes, unsigned int count,
			   const struct model_request *request, const struct ats_due *due,
			   const char *label);

/* Changes a field and lets the unit forget all it knew. False after test_fail(). */
bool ats_test_poke(struct test_run *run, const struct poke *poke);

/* A test ats.NAME with the fixture, on units that have `more` beside device TLBs. */
#define ATS_TEST_ON(more, its_scene, name, what, title_in_spec, ...)                        \
	{                                                                                   \
		.id = "ats." name, .title = (what), .spec = (title_in_spec),                \
		.needs = NEED(QI) | NEED(DT) | (more), .agent_features = AGENT_TRANSLATION, \
		.scene = its_scene, .fixture = &ats_test_fixture, .run = __VA_ARGS__        \
	}
#define ATS_LEGACY_SCENE             \
	{                            \
		.mode = SCENE_LEGACY \
	}
#define ATS_SCENE                                           \
	{                                                   \
		.mode = SCENE_SCALABLE, .stage = EACH_STAGE \
	}
#define ATS_PASID 9
#define ATS_PASID_SCENE                                                         \
	{                                                                       \
		.mode = SCENE_SCALABLE, .stage = EACH_STAGE, .pasid = ATS_PASID \
	}
/* Where the stage is of no concern. */
#define ATS_ONE_SCENE                  \
	{                              \
		.mode = SCENE_SCALABLE \
	}
#define ATS_ONE_PASID_SCENE                                \
	{                                                  \
		.mode = SCENE_SCALABLE, .pasid = ATS_PASID \
	}
/* In legacy mode, through each stage of scalable mode, and there with a PASID. */
#define ATS_LEGACY_TEST(...) ATS_TEST_ON(0, ATS_LEGACY_SCENE, __VA_ARGS__)
#define ATS_TEST(...)	     ATS_TEST_ON(NEED(SMTS), ATS_SCENE, __VA_ARGS__)
#define ATS_PASID_TEST(...)  ATS_TEST_ON(NEED(SMTS) | NEED(PASID), ATS_PASID_SCENE, __VA_ARGS__)
