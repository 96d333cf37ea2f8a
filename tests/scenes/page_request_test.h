/* SPDX-License-Identifier: MIT */
/*
 * What tests of page requests share: a unit that takes them from the test's agent, a queue for them,
 * and what came of one. Only modelled agents send page requests.
 */
#pragma once

#include "tests/scenes/agents/endpoint.h"
#include "tests/test.h"

struct page_request_test {
	struct endpoint *endpoint; /* the test's agent */
	uint64_t context_word;	   /* of its entry, as it was before */
	bool is_enabled;
	unsigned int seen_responses; /* of endpoint->response_count */
};

/*
 * Opens: the test's scene, which is scalable, proved, DTE and PRE set in the agent's context entry,
 * a queue of 2^arg pages (PQA.PQS), its event masked, PRS clear. run->fixture is a struct
 * page_request_test.
 */
extern const struct fixture page_request_test_fixture;

/* A request to write to the first page of the window, with the scene's PASID, alone in its group. */
struct model_request page_request_test_plain(const struct test_run *run);

/* The agent sends it. */
void page_request_test_send(struct test_run *run, const struct model_request *request);

/* It must stand in the queue next, as it was sent; `label`, which may be NULL, begins complaints. */
bool page_request_test_arrived(struct test_run *run, const struct model_request *request,
			       const char *label);

/* The next entry of the queue, as memory shows it, whether or not the unit says that it is there. */
const uint64_t *page_request_test_slot(const struct test_run *run, uint32_t slot);

/* Nothing is in the queue that was not taken from it. */
void page_request_test_nothing_queued(struct test_run *run, const char *label);

/* The unit has sent one response to this request since the last call, with that code; or none. */
void page_request_test_answered(struct test_run *run, const struct model_request *request,
				uint8_t code, const char *label);
void page_request_test_unanswered(struct test_run *run, const char *label);

/* PRS must read so: PRS_PPR and PRS_PRO, whether they are set. */
void page_request_test_status(struct test_run *run, bool pending, bool overflow, const char *label);

/* Writes those bits of PRS as ones. */
void page_request_test_clear(struct test_run *run, bool pending, bool overflow);

/* Requests of one agent until the queue holds as many as it can; each is numbered in its group. */
void page_request_test_fill(struct test_run *run, uint32_t count);

/* A test prq.NAME with the fixture, through each stage, on units that have `more`. */
#define PAGE_REQUEST_NEEDS (NEED(SMTS) | NEED(PRS) | NEED(DT))
#define PRQ_TEST_ON(more, its_scene, name, what, title_in_spec, ...)                          \
	{                                                                                     \
		.id = "prq." name, .title = (what), .spec = (title_in_spec),                  \
		.needs = PAGE_REQUEST_NEEDS | (more), .agent_features = AGENT_PAGE_REQUEST,   \
		.scene = its_scene, .fixture = &page_request_test_fixture, .run = __VA_ARGS__ \
	}
#define PRQ_SCENE                      \
	{                              \
		.mode = SCENE_SCALABLE \
	}
#define PAGE_REQUEST_PASID 9
#define PRQ_PASID_SCENE                                             \
	{                                                           \
		.mode = SCENE_SCALABLE, .pasid = PAGE_REQUEST_PASID \
	}
#define PRQ_ALL_PASIDS_SCENE                                                   \
	{                                                                      \
		.mode = SCENE_SCALABLE, .pasid = PAGE_REQUEST_PASID, .pdts = 7 \
	}
#define PRQ_TEST(...)	    PRQ_TEST_ON(0, PRQ_SCENE, __VA_ARGS__)
#define PRQ_PASID_TEST(...) PRQ_TEST_ON(NEED(PASID), PRQ_PASID_SCENE, __VA_ARGS__)
