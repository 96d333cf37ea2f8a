/* SPDX-License-Identifier: MIT */
/*
 * The combinations of VER, CAP and ECAP that the specification forbids, as lists: caps_rules() is
 * made of them, and so are the tests, one for each rule.
 */
#pragma once

#include "iommu/spec/caps.h"

#define CAP_TITLE  "Capability Register: "
#define ECAP_TITLE "Extended Capability Register: "

/* R(id, spec, text, function): the other rules; caps_rules.c has the functions. */
#define CAPS_OTHER_RULES(R)                                                                       \
	R("cap.ver-reserved", "Version Register", "reserved bits of VER are 0", ver_reserved)     \
	R("cap.reserved", CAP_TITLE "Reserved", "reserved bits of CAP are 0 (15:13, 38, 58:57)",  \
	  cap_reserved)                                                                           \
	R("cap.deprecated", CAP_TITLE "DEP", "the deprecated bit 23 of CAP is 0", cap_deprecated) \
	R("cap.ecap-reserved", ECAP_TITLE "Reserved",                                             \
	  "reserved bits of ECAP are 0 (19:18, 54, 63)", ecap_reserved)                           \
	R("cap.ecap-deprecated", ECAP_TITLE "DEP",                                                \
	  "the deprecated bits of ECAP are 0 (5, 24, 28:27, 32)", ecap_deprecated)                \
	R("cap.drains", CAP_TITLE "DRD, DWD", "DRD and DWD are 1 from major version 2 on",        \
	  draining_absent)                                                                        \
	R("cap.sslps", CAP_TITLE "SSLPS", "SSLPS is 0000, 0001 or 0011", sslps_invalid)           \
	R("cap.mgaw", CAP_TITLE "MGAW", "MGAW is not 0", mgaw_zero)                               \
	R("cap.sagaw", CAP_TITLE "SAGAW", "reserved bits of SAGAW (0 and 4) are 0",               \
	  sagaw_reserved)                                                                         \
	R("cap.sagaw-needs-ssts", CAP_TITLE "SAGAW",                                              \
	  "SAGAW is 0 without ECAP.SSTS from major version 6 on", sagaw_without_ssts)             \
	R("cap.rwbf-excludes-smts", CAP_TITLE "RWBF", "RWBF is 0 with ECAP.SMTS", rwbf_with_smts) \
	R("cap.nd", CAP_TITLE "ND", "ND is not the reserved 7", nd_reserved)                      \
	R("cap.fro", CAP_TITLE "FRO", "fault records lie at unused offsets", fro_overlaps)        \
	R("cap.iro", ECAP_TITLE "IRO", "IVA and IOTLB lie at unused offsets", iro_overlaps)       \
	R("cap.fro-iro", CAP_TITLE "FRO", "fault records and IOTLB do not overlap",               \
	  fro_iro_overlap)                                                                        \
	R("cap.afl", CAP_TITLE "Reserved", "AFL, which revision 4.0 removed, is 0", afl_set)      \
	R("cap.pss", ECAP_TITLE "PSS", "PASIDs have 20 bits at most", pss_too_large)              \
	R("cap.ers", ECAP_TITLE "ERS", "ERS is 0", ers_set)

/*
 * R(id, spec, text, function): what the specification wants, too, and units that ship do not keep:
 * silicon that could do more than it was sold with. It harms nobody, so it is told and no failure.
 */
#define CAPS_NOTES(R)                                                                        \
	R("cap.pss-needs-smts", ECAP_TITLE "PSS", "PSS is 0 without SMTS", pss_without_smts) \
	R("cap.fs1gp-needs-smts", CAP_TITLE "FS1GP", "FS1GP is 0 without ECAP.SMTS",         \
	  fs1gp_without_smts)                                                                \
	R("cap.mhmv-needs-ir", ECAP_TITLE "MHMV", "MHMV is 0 without IR", mhmv_without_ir)

/* I(register, name, id, needs, text): "hardware reporting NEEDS as clear also reports NAME as clear" */
#define CAPS_IMPLICATIONS(I)                                                                    \
	I(CAP, FS5LP, "fs5lp-needs-fsts", NEED(FSTS), "FS5LP needs ECAP.FSTS")                  \
	I(CAP, PI, "pi-needs-ir", NEED(IR), "PI needs ECAP.IR")                                 \
	I(CAP, FS1GP, "fs1gp-needs-fsts", NEED(FSTS), "FS1GP needs ECAP.FSTS")                  \
	I(ECAP, IRREQ, "irreq-needs-ir", NEED(IR), "IRREQ needs IR")                            \
	I(ECAP, EIMER, "eimer-needs-eim", NEED(EIM), "EIMER needs EIM")                         \
	I(ECAP, HPT1GPS, "hpt1gps-needs-hpts", NEED(HPTS), "HPT1GPS needs HPTS")                \
	I(ECAP, SMS, "sms-needs-prs", NEED(PRS), "SMS needs PRS")                               \
	I(ECAP, SSIRWS, "ssirws-needs-ssts", NEED(SSTS), "SSIRWS needs SSTS")                   \
	I(ECAP, PTRS, "ptrs-needs-dt-pasid", NEED(DT) | NEED(PASID), "PTRS needs DT and PASID") \
	I(ECAP, HPTS, "hpts-needs-smts-dt", NEED(SMTS) | NEED(DT), "HPTS needs SMTS and DT")    \
	I(ECAP, RPRIVS, "rprivs-needs-srs", NEED(SRS), "RPRIVS needs SRS")                      \
	I(ECAP, PMS, "pms-needs-ecmds", NEED(ECMDS), "PMS needs CAP.ECMDS")                     \
	I(ECAP, RPS, "rps-needs-smts", NEED(SMTS), "RPS needs SMTS")                            \
	I(ECAP, SMPWCS, "smpwcs-needs-smts", NEED(SMTS), "SMPWCS needs SMTS")                   \
	I(ECAP, FSTS, "fsts-needs-smts", NEED(SMTS), "FSTS needs SMTS")                         \
	I(ECAP, SSADS, "ssads-needs-smpwcs", NEED(SMPWCS), "SSADS needs SMPWCS")                \
	I(ECAP, SMTS, "smts-needs-qi", NEED(QI), "SMTS needs QI")                               \
	I(ECAP, PDS, "pds-needs-dt", NEED(DT), "PDS needs DT")                                  \
	I(ECAP, DIT, "dit-needs-dt", NEED(DT), "DIT needs DT")                                  \
	I(ECAP, PASID, "pasid-needs-smts", NEED(SMTS), "PASID needs SMTS")                      \
	I(ECAP, EAFS, "eafs-needs-fsts-smpwcs", NEED(FSTS) | NEED(SMPWCS),                      \
	  "EAFS needs FSTS and SMPWCS")                                                         \
	I(ECAP, NWFS, "nwfs-needs-dt", NEED(DT), "NWFS needs DT")                               \
	I(ECAP, SRS, "srs-needs-smts", NEED(SMTS), "SRS needs SMTS")                            \
	I(ECAP, PRS, "prs-needs-dt-smts", NEED(DT) | NEED(SMTS), "PRS needs DT and SMTS")       \
	I(ECAP, NEST, "nest-needs-both-stages", NEED(SMTS) | NEED(FSTS) | NEED(SSTS),           \
	  "NEST needs SMTS, FSTS and SSTS")                                                     \
	I(ECAP, MTS, "mts-needs-smts", NEED(SMTS), "MTS needs SMTS")                            \
	I(ECAP, EIM, "eim-needs-ir", NEED(IR), "EIM needs IR")                                  \
	I(ECAP, IR, "ir-needs-qi", NEED(QI), "IR needs QI")                                     \
	I(ECAP, DT, "dt-needs-qi", NEED(QI), "DT needs QI")

/* Which of caps_rules() it is: CAPS_RULE_ and the function, CAPS_RULE_ and the capability. */
#define CAPS_RULE_OTHER_(id, spec, text, function)	   CAPS_RULE_##function,
#define CAPS_RULE_IMPLICATION_(reg, name, id, needs, text) CAPS_RULE_##name,
enum caps_rule_index {
	CAPS_OTHER_RULES(CAPS_RULE_OTHER_) CAPS_IMPLICATIONS(CAPS_RULE_IMPLICATION_)
		CAPS_NOTES(CAPS_RULE_OTHER_) CAPS_RULE_COUNT
};
#undef CAPS_RULE_OTHER_
#undef CAPS_RULE_IMPLICATION_
