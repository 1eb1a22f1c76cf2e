-- Where a database's locale comes from: ICU from 15 on, the server itself from 17 on, else the C library.
\if :has_icu
\set locale 'LOCALE \'C\''
\if :from_15
\set locale 'LOCALE_PROVIDER icu ICU_LOCALE \'de-u-co-phonebk\' LOCALE \'C\''
\endif
\if :from_16
\set locale 'LOCALE_PROVIDER icu ICU_LOCALE \'de\' ICU_RULES \'&V << w <<< W\' LOCALE \'C.UTF-8\''
\endif
\else
\set locale 'LC_COLLATE \'C\' LC_CTYPE \'C.UTF-8\''
\if :from_17
\set locale 'LOCALE_PROVIDER builtin BUILTIN_LOCALE \'C.UTF-8\' LOCALE \'C\''
\endif
\endif
CREATE DATABASE locales TEMPLATE template0 ENCODING 'UTF8' :locale;
