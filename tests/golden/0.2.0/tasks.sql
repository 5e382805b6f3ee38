BEGIN TRANSACTION;
CREATE TABLE tasks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    name TEXT,
    payload TEXT NOT NULL,
    not_before INTEGER,
    due INTEGER,
    leased INTEGER NOT NULL DEFAULT 0,
    attempt INTEGER NOT NULL DEFAULT 0,
    ended INTEGER
);
INSERT INTO "tasks" VALUES(1,'windows',NULL,'{"version":1,"source":"harbour-street","partition":"2024-03","root":"7be882b5604314a131299df729a3f61baa58341674157c333439c3e5b5723b12","slice":"7be882b5604314a131299df729a3f61baa58341674157c333439c3e5b5723b12","recipe":"a5a0549c4dddf7f1f0f487bdd4ceb16e441a3c56dfc07ff146af20ce2212857f","model":"scripted-1","parent":null}',NULL,1709294460000000,0,0,NULL);
INSERT INTO "tasks" VALUES(2,'windows',NULL,'{"version":1,"source":"harbour-street","partition":"2024-03","root":"a49f274b9caf0a0df4bbf95826c06cd36619c80036258e99a69b6d5d7b202657","slice":"60632274f1e7749142076984af28edf417b38be08db1508c953c02e3c791c2c0","recipe":"a5a0549c4dddf7f1f0f487bdd4ceb16e441a3c56dfc07ff146af20ce2212857f","model":"scripted-1","parent":"ca56f084b7975d08e5b8015d1ac4767cb557d5b421119979fbc27e8a2dbe4a2b"}',NULL,1709294460000000,0,0,NULL);
INSERT INTO "tasks" VALUES(3,'windows',NULL,'{"version":1,"source":"harbour-street","partition":"2024-03","root":"a49f274b9caf0a0df4bbf95826c06cd36619c80036258e99a69b6d5d7b202657","slice":"064ff5642092fffea93f6c8b7bfc6bc31113a69b848b629a0f120fb968ad7d6f","recipe":"a5a0549c4dddf7f1f0f487bdd4ceb16e441a3c56dfc07ff146af20ce2212857f","model":"scripted-1","parent":"ca56f084b7975d08e5b8015d1ac4767cb557d5b421119979fbc27e8a2dbe4a2b"}',NULL,1709294460000000,0,0,NULL);
INSERT INTO "tasks" VALUES(4,'windows',NULL,'{"version":1,"source":"harbour-street","partition":"2024-03","root":"21b9ae8b683259cd31a7c458b4aef943713877109bd5a89907a29083b31f6868","slice":"21b9ae8b683259cd31a7c458b4aef943713877109bd5a89907a29083b31f6868","recipe":"a5a0549c4dddf7f1f0f487bdd4ceb16e441a3c56dfc07ff146af20ce2212857f","model":"scripted-1","parent":null}',NULL,1709294460000000,0,0,NULL);
INSERT INTO "tasks" VALUES(5,'publish','publish-56976481','{}',1709294435000000,1709294435000000,0,0,NULL);
CREATE INDEX tasks_due ON tasks (queue, due, id) WHERE due IS NOT NULL;
CREATE UNIQUE INDEX tasks_name ON tasks (queue, name) WHERE name IS NOT NULL;
CREATE INDEX tasks_ended ON tasks (ended) WHERE ended IS NOT NULL;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tasks',5);
COMMIT;
