-- SPDX-License-Identifier: Apache-2.0
create table t(id integer primary key, name text, value integer);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
insert into t select i, 'name' || (i * 7919 % 10007), i * i % 1009 from n;
create index t_name on t(name);
select count(*), sum(value), min(name), max(name) from t;
select value, count(*) c from t group by value order by c desc, value limit 10;
select a.name, count(*) from t a join t b on a.name = b.name and a.id < b.id
group by a.name order by 2 desc, 1 limit 10;
update t set value = value + 1 where name like 'name1%';
select sum(value) from t where id between 500 and 15000;
