// Permissions on the certificate and the DNS records of an own domain.

import type { PermissionRow } from './permission-row.ts';

/** Makes certificate and DNS records of an own domain; without a zone of ours people make the records. */
export const makeOwnDomain: readonly PermissionRow[] = [
  {
    sid: 'OwnDomain',
    actions: [
      'acm:AddTagsToCertificate',
      'acm:DescribeCertificate',
      'acm:ListTagsForCertificate',
      'acm:RequestCertificate',
    ],
    on: 'certificates',
    when: ['domain'],
  },
  {
    sid: 'ListForOwnDomain',
    actions: ['acm:ListCertificates', 'route53:ListHostedZonesByName'],
    on: 'everything',
    when: ['domain'],
  },
  {
    sid: 'RecordsOfOwnDomain',
    actions: [
      'route53:ChangeResourceRecordSets',
      'route53:GetHostedZone',
      'route53:ListResourceRecordSets',
    ],
    on: 'zone',
    when: ['domain'],
    optional: 'the DNS records are printed for somebody else to make, and waited for',
  },
];

/** Looks at certificate and DNS records of an own domain. */
export const lookAtOwnDomain: readonly PermissionRow[] = [
  { sid: 'OwnDomain', actions: ['acm:DescribeCertificate'], on: 'certificates', when: ['domain'] },
  {
    sid: 'ListForOwnDomain',
    actions: ['route53:ListHostedZonesByName'],
    on: 'everything',
    when: ['domain'],
    optional: 'the check of the DNS records is skipped',
  },
  {
    sid: 'RecordsOfOwnDomain',
    actions: ['route53:ListResourceRecordSets'],
    on: 'zone',
    when: ['domain'],
    optional: 'the check of the DNS records is skipped',
  },
];

/** Deletes certificate and DNS records; those of a shared hosting go with the hosting. */
export const deleteOwnDomain: readonly PermissionRow[] = [
  {
    sid: 'OwnDomain',
    actions: ['acm:DeleteCertificate', 'acm:DescribeCertificate', 'acm:ListTagsForCertificate'],
    on: 'certificates',
    when: ['domain', 'own-hosting'],
    optional: 'the certificate is left for you to delete',
  },
  {
    sid: 'ListForOwnDomain',
    actions: ['acm:ListCertificates', 'route53:ListHostedZonesByName'],
    on: 'everything',
    when: ['domain', 'own-hosting'],
    optional: 'certificate and DNS records are left for you to delete',
  },
  {
    sid: 'RecordsOfOwnDomain',
    actions: ['route53:ChangeResourceRecordSets', 'route53:ListResourceRecordSets'],
    on: 'zone',
    when: ['domain', 'own-hosting'],
    optional: 'the DNS records are left for you to delete',
  },
];
