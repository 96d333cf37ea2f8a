#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# Every machine of --unit on every QEMU at hand: nothing fails that is not known, and the unit is what its name
# says. The counts go to build/machines.txt; those in README.md (./run.sh docs) must be the same.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

# What the report's line about the unit says, and does not say.
my %says = (
	'scalable' => ['SMTS', 'SSTS', 'CM', '48 bit', '!FSTS', '!PASID'],
	'legacy' => ['!SMTS', '48 bit'],
	'first-stage' => ['SMTS', 'FSTS', '!SSTS'],
	'pasid' => ['PASID', 'SSTS'],
	'svm' => ['FSTS', 'PASID', 'PRS', 'DT'],
	'strict' => ['!CM', 'SMTS'],
	'device-tlb' => ['DT', 'SMTS'],
	'narrow' => ['39 bit', 'SMTS'],
	'snoop' => ['SMTS'],
	'no-translation' => ['no second stage', 'IR'],
	'no-interrupts' => ['!IR', 'SMTS'],
	'no-pass-through' => ['!PT', 'SMTS'],
);

# What is skipped, and for which bit.
my %skips = (
	'legacy' => [qr/^sm\./, 'ECAP.SMTS (bit 43)'],
	'no-pass-through' => [qr/pass-through-write$/, 'ECAP.PT (bit 6)'],
);

sub is_what_it_is_called {
	my ($run, $name) = @_;
	my ($bits, $depth) = $run->{log} =~ /^# unit 0 real .* ECAP \w+: (.*), (.*)/m;
	my %has = map { $_ => 1 } split(' ', $bits), $depth;
	for (@{ $says{$name} }) {
		my ($not, $word) = /^(!?)(.*)/;
		ok($not ? !$has{$word} : $has{$word}, "the unit is: $_") or diag("$bits, $depth");
	}
}

sub skips_all {
	my ($run, $pattern, $reason) = @_;
	my @results = results_of($run, $pattern);
	ok(@results > 0, "$pattern is in the plan");
	is_deeply([grep { $_->{directive} ne 'SKIP' || $_->{reason} !~ /\Q$reason\E/ } @results], [],
		"every $pattern is skipped: $reason");
}

# The counts of README.md: a column for each version, a row for each machine.
sub counts_of_readme {
	my (%counts, @versions);
	open my $file, '<', 'README.md' or die "README.md: $!";
	while (<$file>) {
		my ($head, @cells) = /^\| (\S.*?) \| (.*) \|$/ ? ($1, split / \| /, $2) : next;
		@versions = @cells if $head eq '`--unit`';
		@{ $counts{$1} }{@versions} = @cells if $head =~ /^`([a-z-]+)`$/;
	}
	return \%counts;
}

my ($readme, @counts) = counts_of_readme();

sub boot_machine {
	my ($qemu, $name) = @_;
	my $run = boot(options => ['--unit', $name], env => { QEMU => $qemu->{command} });
	ends_with($run, 0, 'PASS');
	is_what_it_is_called($run, $name);
	skips_all($run, @{ $skips{$name} }) if $skips{$name};
	my ($passed, $failed, $known, $skipped) = $run->{log} =~ /^# verdict: .*?(\d+)\D+(\d+)\D+(\d+)\D+(\d+)/m;
	push @counts, "$qemu->{version} $name $passed $failed $known $skipped\n";
	is($readme->{$name}{ $qemu->{version} }, "$passed + $known", 'README.md has these counts (./run.sh docs)')
		if exists $readme->{scalable}{ $qemu->{version} };
}

# Several options at once; a QEMU without one of them is left out.
my @mixtures = ('scalable-mode=off,caching-mode=off,aw-bits=39', 'scalable-mode=off,dma-drain=off',
	'aw-bits=39,snoop-control=on', 'aw-bits=39,device-iotlb=on', 'dma-translation=off,fsts=on');

sub boot_mixture {
	my ($qemu, $options) = @_;
	my $run = boot(options => ['--iommu', $options], env => { QEMU => $qemu->{command} });
	plan skip_all => "lacks $1" if $run->{output} =~ /has no property (\S+),/;
	ends_with($run, 0, 'PASS');
}

for my $qemu (qemus()) {
	subtest "QEMU $qemu->{version}, $qemu->{name}" => sub {
		local $ENV{QEMU} = $qemu->{command};
		my @names = map { /^(\S+) +yes / } split /\n/, qx(./run.sh --unit list);
		cmp_ok(scalar @names, '>', 8, 'can make several machines');
		for my $name (@names) {
			subtest "--unit $name" => sub { boot_machine($qemu, $name) };
		}
		for my $options (@mixtures) {
			subtest "--iommu $options" => sub { boot_mixture($qemu, $options) };
		}
	};
}

open my $file, '>', 'build/machines.txt' or die "build/machines.txt: $!";
print $file @counts;
close $file or die "build/machines.txt: $!";
done_testing();
