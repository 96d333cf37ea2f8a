#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Modelled units: every topology passes what it can do, in place of a real unit and beside one; words
# that mean nothing are refused by name and place; units that lie fail, with the reason in words.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# Once each, in no order: a unit with two stages is asked through one after the other.
sub ids_only { my ($run) = @_; my %seen; return [sort grep { !$seen{$_}++ } map { $_->{id} } @{ $run->{results} }] }

my $real = boot(words => ['known=none']);

sub passes {
	my ($topo, $options, @words) = @_;
	subtest "@$options topo=$topo @words" => sub {
		my $run = boot(options => $options, words => ["topo=$topo", @words]);
		ends_with($run, 0, 'PASS');
		is_deeply([grep { !$_->{ok} && !$_->{directive} } @{ $run->{results} }], [], 'nothing failed');
	};
}

for my $topo ('qemu', 'all', 'sm', 'legacy') {
	subtest "units=model topo=$topo" => sub {
		my $run = boot(options => ['--iommu', 'none'], words => ['units=model', "topo=$topo"]);
		ends_with($run, 0, 'PASS');
		is_deeply(ids_only($run), ids_only($real), 'the same tests as on the real unit');
	};
}
subtest 'the same as a process of the build machine' => sub {
	my $run = boot(options => ['--iommu', 'none'], words => ['units=model', 'topo=all,legacy']);
	my $process = process('topo=all,legacy');
	is_deeply([ids($process)], [ids($run)], 'the same results');
};
passes('sm+vcs,legacy*2', []);
passes('sm+aw=57+cm,sm+aw=39-c,all+nfr=0,sm+ver=6.0+lazy', ['--iommu', 'none']);
passes('sm*64', [], 'units=model', 'tests=sm.write,legacy.read,hole.*');
passes('legacy+entry=legacy-on,sm+entry=sm-on,sm+entry=qi-on,legacy+entry=ir-on', [],
	'units=model', 'tests=sm.write,legacy.write');

subtest 'units=model alone: the default topology' => sub {
	my $run = boot(words => ['units=model', 'tests=sm.write']);
	ends_with($run, 0, 'PASS');
	says($run, qr/# unit 0 model .* \(qemu\)/);
	says($run, qr/# unit 1 model .* \(all\)/);
};

subtest 'units=real leaves topo= unused' => sub {
	my $run = boot(words => ['units=real', 'topo=all', 'tests=sm.write']);
	ends_with($run, 0, 'PASS');
	is(scalar @{ $run->{results} }, 1, 'one unit');
};

subtest 'what an earlier stage left on is told' => sub {
	my $run = boot(words => ['units=model', 'topo=sm+entry=sm-on', 'tests=sm.write']);
	says($run, qr/# unit 0 at entry: TE 1 QI 1 IR 0, RTADDR \w+ \(TTM 1\)/);
};

sub refused {
	my ($topo, @texts) = @_;
	subtest "topo=$topo" => sub {
		my $run = boot(words => ['units=model', "topo=$topo"]);
		ends_with($run, 2);
		says($run, $_) for @texts;
	};
}

refused('sm,legacy+pt+foo', 'character 14, "foo": no such word');
refused('sn', 'character 1, "sn": no such kind of unit');
refused('sm*65', 'character 3', '1 to 64');
refused('sm*60,legacy*5', 'character 7', 'more than 64 units');
refused('sm+nfr=256', '"nfr=256": a number that fits the field');

# Contradictions are modelled, and told twice: before the tests, and by the tests.
subtest 'a contradiction is built and told' => sub {
	my $run = boot(words => ['units=model', 'topo=sm+sslps=2', 'tests=cap.*']);
	ends_with($run, 1, 'FAIL');
	says($run, 'sm+sslps=2 breaks a rule of the specification');
	is_deeply([map { $_->{id} } grep { !$_->{ok} } @{ $run->{results} }], ['cap.sslps'], 'cap.sslps fails');
};

sub fails {
	my ($topo, $tests, $text) = @_;
	subtest "topo=$topo tests=$tests" => sub {
		my $run = boot(words => ['units=model', "topo=$topo", "tests=$tests"]);
		ends_with($run, 1, 'FAIL');
		says($run, $text);
	};
}

fails('sm+gsts-stuck', 'sm.write', qr/GSTS \(01c\) reads \w+ after \d+ us; bits \w+ should be/);
fails('sm+srtp-stuck', 'sm.write', qr/GSTS \(01c\) reads/);
fails('sm+absent=ones,sm', 'dmar.units-answer', 'VER reads ffffffff');
fails('sm+defect=ss_write_allowed', 'fault.sm-*', qr/data lands for blocked/);
# A unit that lets everything through reaches tables and pages of ours: a failure, never a crash.
fails('sm+unreported,all+include-all', 'mixed.plan-first-scalable-write', 'before: data untranslated for lands');
fails('sm+unreported,all+include-all', 'sm.*,fault.*,mixed.*,transition.*', 'data untranslated for lands');
# A stage that the test before left as it was, and that does not serve the next all the same.
fails('all+defect=ss_2m_offset_lost', 'legacy.page-2m*', 'on the stage of the test before: data astray for lands');
fails('qemu', 'reg.wide-write-fectl', qr/at \w+038: 64-bit access to 32-bit registers \(code/);

done_testing();
